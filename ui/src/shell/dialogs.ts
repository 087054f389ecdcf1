// Which dialog is open; one at a time. Not in the address: a link should not open somebody's settings.
import { useSyncExternalStore } from "react";

export type DialogName = "settings" | "palette" | "keys" | "facets" | null;
/** Why the settings open by themselves: the server refused the read key, or the admin key. */
export type Why = "read" | "admin" | null;

export interface Dialogs {
  open: DialogName;
  why: Why;
}

let state: Dialogs = { open: null, why: null };
const listeners = new Set<() => void>();

export function openDialog(open: DialogName, why: Why = null): void {
  state = { open, why };
  for (const listener of listeners) listener();
}

export const closeDialog = () => openDialog(null);
export const currentDialog = () => state;

export function useDialogs(): Dialogs {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
