import { queryText } from "../url/kept";
import { filterOf } from "../url/question";
import { parseView } from "../url/view";

/** What tells a side from the others: its place, and what it asks for. */
export const sideTitle = (at: number, search: string): string =>
  `${at + 1} · ${queryText(filterOf(parseView(search))) || "All entries"}`;
