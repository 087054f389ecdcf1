// The widths of the columns as tracks of a grid: pure.
import type { Column } from "../url/table";

const WIDTHS: Record<string, string> = {
  time: "var(--time-width)",
  level: "4.6rem",
  app: "minmax(9.5rem, 13rem)",
  category: "minmax(3rem, 7rem)",
  message: "minmax(14rem, 1fr)",
  trace: "3.2rem",
  id: "13.5rem",
};
const OTHERS = "minmax(3.5rem, 7rem)";
const BAR = "3px";

/** With the level's bar before them; what the columns leave free is the message's, or nobody's. */
export function tracksOf(columns: readonly Column[]): string {
  const tracks = columns.map(({ name, width }) => (width === null ? (WIDTHS[name] ?? OTHERS) : `${width}px`));
  const isFilled = columns.some(({ name, width }) => name === "message" && width === null);
  return [BAR, ...tracks, ...(isFilled ? [] : ["1fr"])].join(" ");
}
