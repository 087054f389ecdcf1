// Searches that are kept in a browser, as views for the server. Pure.
import type { SavedSearch } from "../saved/searches";
import { freeSlug, slugOf } from "../text/slug";
import { type KeptView, keptOf, viewOfKept } from "../url/kept";
import { formatView, parseView } from "../url/view";

type NewView = Pick<KeptView, "name" | "title" | "query" | "range" | "columns">;

/** Whether a view keeps the whole of a search: none of its look is lost, such as highlights or the width of a column. */
export function isKeptWhole({ search }: SavedSearch): boolean {
  const view = parseView(search);
  const kept = viewOfKept(keptOf(view));
  return formatView({ ...view, live: kept.live }) === formatView(kept);
}

/** A view for each, under names that are not taken. */
export function viewsOf(searches: readonly SavedSearch[], taken: Iterable<string>): NewView[] {
  const names = new Set(taken);
  return searches.map(({ name: title, search }) => {
    const name = freeSlug(slugOf(title) || "search", names);
    names.add(name);
    return { name, title, ...keptOf(parseView(search)) };
  });
}
