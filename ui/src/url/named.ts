// Views that the address names: /v/checkout-errors is the view of that name as it is kept, and what differs from it stands
// behind a question mark, as anywhere else. Pure.

const PREFIX = "v/";

/** The name in a path, below the path that the page's server has; null: it names none. */
export function nameIn(path: string, root: string): string | null {
  if (!path.startsWith(root + PREFIX)) return null;
  const name = path.slice(root.length + PREFIX.length);
  return /^[a-z0-9][a-z0-9-]*$/.test(name) ? name : null;
}

export const pathOf = (name: string, root: string): string => root + PREFIX + name;

/** How the address says a screen below a name whose own screen has this query string. */
export function writtenBelow(own: string, search: string): string {
  if (search === own) return "";
  return search || "?last=1h"; // the default, which has no other text
}
