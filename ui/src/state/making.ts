// What is being made of the screen: a view or an alert. It is no dialog like the others, for the settings may open above it.
import { Store, useStore } from "./store";

type Making = "view" | "alert" | null;

const state = new Store<Making>(null);

export const make = state.set;
export const useMaking = (): Making => useStore(state);
