// What people look at comes first: until the page has its first rows, counts wait, so that the server is busy with those.
import { Store, useStore } from "./store";

/** Milliseconds after which counts no longer wait. */
const PATIENCE = 1000;

const areThere = new Store(false);
setTimeout(rowsAreThere, PATIENCE);

export function rowsAreThere(): void {
  areThere.set(true);
}

export const useRowsAreThere = (): boolean => useStore(areThere);
