// The view lives in the browser's address and nowhere else: back and forward are just another change.
import { useSyncExternalStore } from "react";
import { changeView, formatView, parseView, type View } from "./view";

const listeners = new Set<() => void>();
let known: { search: string; view: View } | null = null;

export function currentView(): View {
  if (known?.search !== location.search) known = { search: location.search, view: parseView(location.search) };
  return known.view;
}

/** Go to another view. `replace`: without a new step to go back from. */
export function navigate(change: Partial<View>, replace = false): void {
  const search = formatView(changeView(currentView(), change));
  if (search === location.search) return;
  const target = search || location.pathname;
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  for (const listener of listeners) listener();
}

export function navigateTo(search: string): void {
  navigate(parseView(search));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

export const useView = (): View => useSyncExternalStore(subscribe, currentView);
