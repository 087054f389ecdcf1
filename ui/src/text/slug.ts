// Names as the server takes them, of clients, views and alerts.

export const isSlug = (text: string): boolean => /^[a-z0-9][a-z0-9-]*$/.test(text);

/** One made of any text; empty where it has no letter or digit. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 100);
}

/** The name, or with a number behind it the first that is not taken. */
export function freeSlug(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name.slice(0, 95)}-${number}`;
  return free;
}
