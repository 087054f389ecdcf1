import { queryOf, queryText } from "../url/kept";
import { parseView } from "../url/view";

/** What tells a side from the others: its place, and what it asks for. */
export const sideTitle = (at: number, search: string): string =>
  `${at + 1} · ${queryText(queryOf(parseView(search))) || "All entries"}`;
