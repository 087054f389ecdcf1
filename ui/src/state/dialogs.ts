// Which dialog is open; one at a time. Not in the address: a link should not open somebody's settings.
import { isSide, tellFrame } from "./side";
import { Store, useStore } from "./store";

type DialogName = "settings" | "palette" | "keys" | "facets" | null;
/** Why the settings open by themselves: the server rejected the read key, or the admin key. */
export type Why = "read" | "admin" | null;

interface Dialogs {
  open: DialogName;
  why: Why;
}

const state = new Store<Dialogs>({ open: null, why: null });

export function openDialog(open: DialogName, why: Why = null): void {
  if (open === "settings" && isSide) tellFrame({ type: "settings", why });
  else state.set({ open, why });
}

export const closeDialog = () => openDialog(null);
export const currentDialog = state.get;

export const useDialogs = (): Dialogs => useStore(state);
