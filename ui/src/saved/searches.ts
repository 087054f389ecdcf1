// Searches by name, kept in this browser as the query strings of the page.
import { useStore } from "../state/store";
import { Stored } from "../state/stored";

export interface SavedSearch {
  name: string;
  /** The query string of the page. */
  search: string;
}

function isSearch(one: Partial<SavedSearch> | null): one is SavedSearch {
  return typeof one?.name === "string" && typeof one.search === "string";
}

function readSearches(text: string | null): SavedSearch[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter(isSearch) : [];
  } catch {
    return [];
  }
}

const searches = new Stored("logservice:saved-searches", readSearches);

export const savedSearches = searches.get;
export const useSavedSearches = (): SavedSearch[] => useStore(searches);

/** A search of the same name is replaced. */
export function saveSearch(name: string, search: string): void {
  searches.set([...searches.get().filter((one) => one.name !== name), { name, search }]);
}

export function deleteSearch(name: string): void {
  searches.set(searches.get().filter((one) => one.name !== name));
}
