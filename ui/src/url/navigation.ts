// The view lives in the browser's address and nowhere else: back and forward are just another change.
import { Store, useStore } from "../state/store";
import { type FilterName, withFilter } from "./filters";
import { changeView, formatView, parseView, type View } from "./view";

const address = new Store(location.search);
window.addEventListener("popstate", () => address.set(location.search));

let parsed: { search: string; view: View } | null = null;

/** One object for one address, so that nothing is rendered for a view that is still the same. */
function viewOf(search: string): View {
  if (parsed?.search !== search) parsed = { search, view: parseView(search) };
  return parsed.view;
}

export const currentView = (): View => viewOf(address.get());
export const useView = (): View => useStore(address, viewOf);

/** Go to another view. `replace`: without a new step to go back from. */
export function navigate(change: Partial<View>, replace = false): void {
  const search = formatView(changeView(currentView(), change));
  if (search === location.search) return;
  const target = search || location.pathname;
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  address.set(location.search);
}

export function navigateTo(search: string): void {
  navigate(parseView(search));
}

/** Look only at what has this value, or, where it is empty, at everything again. */
export function setFilter(name: FilterName, value: string): void {
  navigate({ filters: withFilter(currentView().filters, name, value), around: null });
}
