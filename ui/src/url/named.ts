// What the address names: /v/checkout-errors is the view of that name as it is kept, /d/shop the dashboard, and what differs
// from it stands behind a question mark, as anywhere else. Pure.

/** What a team keeps under names. */
export type Kind = "view" | "dashboard";
/** A kind and a name, as they stand in a path: `v/checkout-errors`. */
export type Place = string;

const PLACE = /^([vd])\/([a-z0-9][a-z0-9-]*)$/;
const DASHBOARD = "page=dashboard";

export const placeOf = (kind: Kind, name: string): Place => `${kind[0]}/${name}`;

export function readPlace(place: Place): { kind: Kind; name: string } {
  const [, letter, name = ""] = PLACE.exec(place) ?? [];
  return { kind: letter === "d" ? "dashboard" : "view", name };
}

/** The place in a path, below the path that the page's server has; null: it names none. */
export function placeIn(path: string, root: string): Place | null {
  const below = path.startsWith(root) ? path.slice(root.length) : "";
  return PLACE.test(below) ? below : null;
}

export const pathOf = (place: Place, root: string): string => root + place;

/** The query string of the screen, of what the address says at a place: a dashboard is a page of its own. */
export function readAt(place: Place | null, search: string): string {
  if (place === null || readPlace(place).kind === "view") return search;
  return `?${DASHBOARD}${search && `&${search.slice(1)}`}`;
}

/** How the address says a screen at a place whose own screen has this query string. */
export function writtenAt(own: string, search: string): string {
  if (search === own) return "";
  const written = search.replace(new RegExp(`^\\?${DASHBOARD}(&|$)`), "?");
  return written.length > 1 ? written : "?last=1h"; // the default, which has no other text
}
