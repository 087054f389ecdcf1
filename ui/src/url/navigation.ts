// The view lives in the browser's address and nowhere else: back and forward are just another change.
import { OWN_SERVER } from "../config/ownServer";
import { isSide, tellFrame } from "../state/side";
import { Store, useStore } from "../state/store";
import { type FilterName, withFilter } from "./filters";
import { nameIn, pathOf, writtenBelow } from "./named";
import { beside, readSides, type Sides, writeSides } from "./sides";
import { changeView, formatView, parseView, type View } from "./view";
import { type Wall, writeWall } from "./wall";

const ROOT = new URL(`${OWN_SERVER}/`).pathname;

/** A view that the server keeps under a name, and the query string of its screen. */
export interface Named {
  name: string;
  search: string;
}

const known = new Store<Named | null>(null);
const name = new Store(nameIn(location.pathname, ROOT));
const address = new Store(location.search);
window.addEventListener("popstate", () => look());

/** Take over what the address says. A name alone stands for the screen that is kept under it. */
function look(): void {
  const named = nameIn(location.pathname, ROOT);
  const kept = known.get();
  name.set(named);
  address.set(location.search || (named !== null && kept?.name === named ? kept.search : ""));
}

let parsed: { search: string; view: View } | null = null;

/** One object for one address, so that nothing is rendered for a view that is still the same. */
function viewOf(search: string): View {
  if (parsed?.search !== search) parsed = { search, view: parseView(search) };
  return parsed.view;
}

export const currentView = (): View => viewOf(address.get());
export const useView = (): View => useStore(address, viewOf);

/** The name in the address; null where it has none. */
export const currentName = (): string | null => name.get();
export const useName = (): string | null => useStore(name);
/** The named view that was opened last, which the screen may differ from. */
export const useNamed = (): Named | null => useStore(known);

/** Go to another view. `replace`: without a new step to go back from. */
export function navigate(change: Partial<View>, replace = false): void {
  const view = changeView(currentView(), change);
  const search = formatView(view);
  if (search === address.get()) return;
  go(targetOf(view, search), replace);
}

function targetOf(view: View, search: string): string {
  const named = name.get();
  const kept = known.get();
  if (named === null || kept?.name !== named) return search || location.pathname;
  return view.page === "logs" ? pathOf(named, ROOT) + writtenBelow(kept.search, search) : ROOT + search;
}

function go(target: string, replace: boolean): void {
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  look();
}

export function navigateTo(search: string): void {
  navigate(parseView(search));
}

/** Open the view that is kept under a name. */
export function openNamed(named: Named): void {
  keepNamed(named);
  if (location.pathname !== pathOf(named.name, ROOT) || location.search) go(pathOf(named.name, ROOT), false);
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
  go(ROOT + formatView(currentView()), replace);
}

/** Where the address says nothing, begin at the view of this name. */
export function startAt(named: string): void {
  if (named && location.pathname === ROOT && !location.search) go(pathOf(named, ROOT), true);
}

/** The address of a view for others. */
export const linkOf = (named: string): string => location.origin + pathOf(named, ROOT);

/** The address of a wall. */
export const wallLink = (wall: Wall): string => location.origin + ROOT + writeWall(wall);

/** Look only at what has this value, or, where it is empty, at everything again. */
export function setFilter(name: FilterName, value: string): void {
  navigate({ filters: withFilter(currentView().filters, name, value), around: null });
}
