// The view lives in the browser's address and nowhere else: back and forward are just another change.
import { OWN_SERVER } from "../config/ownServer";
import { isSide, tellFrame } from "../state/side";
import { Store, useStore } from "../state/store";
import { type FilterName, withFilter } from "./filters";
import { type Kind, type Place, pathOf, placeIn, placeOf, readAt, readPlace, writtenAt } from "./named";
import { beside, readSides, type Sides, writeSides } from "./sides";
import { changeView, formatView, type PageName, parseView, type View } from "./view";
import { type Wall, writeWall } from "./wall";

const ROOT = new URL(`${OWN_SERVER}/`).pathname;

/** What the server keeps under a name, and the query string of its screen. */
export interface Named {
  place: Place;
  search: string;
}

const known = new Store<Named | null>(null);
const place = new Store(placeIn(location.pathname, ROOT));
const address = new Store(readAt(place.get(), location.search));
window.addEventListener("popstate", () => look());

/** Take over what the address says. A name alone stands for the screen that is kept under it. */
function look(): void {
  const at = placeIn(location.pathname, ROOT);
  const kept = known.get();
  const own = at !== null && kept?.place === at ? kept.search : null;
  place.set(at);
  address.set(location.search === "" && own !== null ? own : readAt(at, location.search));
}

let parsed: { search: string; view: View } | null = null;

/** One object for one address, so that nothing is rendered for a view that is still the same. */
function viewOf(search: string): View {
  if (parsed?.search !== search) parsed = { search, view: parseView(search) };
  return parsed.view;
}

export const currentView = (): View => viewOf(address.get());
export const useView = (): View => useStore(address, viewOf);

/** What the address names; null where that is nothing. */
export const currentPlace = place.get;
export const usePlace = (): Place | null => useStore(place);
/** The name of the view in the address; null where it has none. */
export const useName = (): string | null => useStore(place, viewName);
const viewName = (at: Place | null): string | null => {
  const named = at === null ? null : readPlace(at);
  return named?.kind === "view" ? named.name : null;
};
/** What was opened last of what has a name; the screen may differ from it. */
export const useNamed = (): Named | null => useStore(known);

/** Go to another view. `replace`: without a new step to go back from. */
export function navigate(change: Partial<View>, replace = false): void {
  const view = changeView(currentView(), change);
  const search = formatView(view);
  if (search === address.get()) return;
  go(targetOf(view, search), replace);
}

/** Which page stands at a place; others have none. */
const PAGES_AT: Record<Kind, PageName> = { view: "logs", dashboard: "dashboard" };

function targetOf(view: View, search: string): string {
  const at = place.get();
  const kept = known.get();
  if (at === null || kept?.place !== at) return search || location.pathname;
  return view.page === PAGES_AT[readPlace(at).kind] ? pathOf(at, ROOT) + writtenAt(kept.search, search) : ROOT + search;
}

function go(target: string, replace: boolean): void {
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  look();
}

export function navigateTo(search: string): void {
  navigate(parseView(search));
}

/** Open what is kept under a name. */
export function openNamed(named: Named): void {
  keepNamed(named);
  const path = pathOf(named.place, ROOT);
  if (location.pathname !== path || location.search) go(path, false);
}

/** Tell what is kept under a name. */
export function keepNamed(named: Named): void {
  known.set(named);
  look();
}

/** The screens beside each other; null where there is a single one. */
export const currentSides = (): Sides | null => readSides(address.get());
export const useIsSplit = (): boolean => useStore(address, isSplit);
const isSplit = (search: string): boolean => readSides(search) !== null;

/** Show screens beside each other, or the one that is left. */
export function showSides(sides: Sides, replace = false): void {
  go(addressOf(writeSides(sides)), replace);
}

/** Show this screen once more, beside this one. */
export function split(): void {
  const search = formatView(currentView());
  if (isSide) tellFrame({ type: "add" });
  else showSides({ screens: [search, beside(search)], current: 1 });
}

/** The address of a screen. */
export const addressOf = (search: string): string => ROOT + search;

if (isSide) address.subscribe(() => tellFrame({ type: "view", search: formatView(currentView()) }));

/** Leave the name behind, and stay at what is shown. */
export function leaveName(replace = false): void {
  go(ROOT + formatView({ ...currentView(), page: "logs" }), replace);
}

/** What a browser remembers as its start page: a place, or the name of a view. */
const placeOfStart = (start: string): Place => (start.includes("/") ? start : placeOf("view", start));
export const isStart = (start: string, at: Place): boolean => placeOfStart(start) === at;

/** Whether the address says nothing. */
export const isBare = (): boolean => location.pathname === ROOT && !location.search;

/** Where the address says nothing, begin there. */
export function startAt(start: string): void {
  if (start && isBare()) go(pathOf(placeOfStart(start), ROOT), true);
}

/** The address of what is kept under a name, for others. */
export const linkOf = (at: Place): string => location.origin + pathOf(at, ROOT);

/** The address of a wall. */
export const wallLink = (wall: Wall): string => location.origin + ROOT + writeWall(wall);

/** Look only at what has this value, or, where it is empty, at everything again. */
export function setFilter(name: FilterName, value: string): void {
  navigate({ filters: withFilter(currentView().filters, name, value), around: null });
}
