// Searches that are kept in a browser, as views for the server. Pure.
import type { SavedSearch } from "../saved/searches";
import { freeSlug, slugOf } from "../text/slug";
import { type KeptView, keptOf } from "../url/kept";
import { parseView } from "../url/view";

export type NewView = Pick<KeptView, "name" | "title" | "query" | "range">;

/** A view for each, under names that are not taken. */
export function viewsOf(searches: readonly SavedSearch[], taken: Iterable<string>): NewView[] {
  const names = new Set(taken);
  return searches.map(({ name: title, search }) => {
    const name = freeSlug(slugOf(title) || "search", names);
    names.add(name);
    return { name, title, ...keptOf(parseView(search)) };
  });
}
