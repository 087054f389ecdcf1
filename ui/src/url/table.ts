// How the rows are laid out: which columns, in which order and how wide, and how high a row is; and its form in the address.
// Pure.
import { exactValue, exactValues } from "./filters";

export interface Column {
  /** One of NAMES, or `context.` and a path. */
  name: string;
  /** Pixels; null: what its content takes. */
  width: number | null;
}

export const DENSITIES = ["compact", "normal", "roomy"] as const;
export type Density = (typeof DENSITIES)[number];

export interface Table {
  /** Null: those that the width of the screen has room for. */
  columns: readonly Column[] | null;
  /** Whether messages go on over as many lines as they take. */
  wrap: boolean;
  density: Density;
}

export const NAMES = [
  ...["time", "level", "app", "app_key", "app_id", "category", "message"],
  ...["trace", "batch_id", "user_agent", "id"],
];
export const DEFAULT_TABLE: Table = { columns: null, wrap: false, density: "normal" };
export const NARROWEST = 32;
const WIDEST = 2000;
const MOST = 20;

export const isColumn = (name: string): boolean => NAMES.includes(name) || /^context\../.test(name);

/** Null where the address says nothing of it. */
export function readTable(given: URLSearchParams): Table | null {
  const columns = exactValues(given.get("columns") ?? "").flatMap(readColumn);
  const different = columns.filter(({ name }, index) => columns.findIndex((one) => one.name === name) === index);
  const density = DENSITIES.find((one) => one === given.get("density")) ?? DEFAULT_TABLE.density;
  const table = { columns: different.length > 0 ? different.slice(0, MOST) : null, wrap: given.has("wrap"), density };
  return isDefault(table) ? null : table;
}

function readColumn(text: string): Column[] {
  const [, name = "", width] = /^(.*?)(?:~(\d+))?$/.exec(text) ?? [];
  if (!isColumn(name)) return [];
  return [{ name, width: width === undefined ? null : bounded(Number(width)) }];
}

export const bounded = (width: number): number => Math.round(Math.max(NARROWEST, Math.min(width, WIDEST)));

/** What differs from the default, as parameters. */
export function writeTable({ columns, wrap, density }: Table, to: URLSearchParams): void {
  const texts = columns?.map(({ name, width }) => exactValue(width === null ? name : `${name}~${width}`));
  if (texts) to.set("columns", texts.join(","));
  if (wrap) to.set("wrap", "1");
  if (density !== DEFAULT_TABLE.density) to.set("density", density);
}

export const isDefault = ({ columns, wrap, density }: Table): boolean =>
  columns === null && !wrap && density === DEFAULT_TABLE.density;

/** The columns with one more, before the message. */
export function withColumn(columns: readonly Column[], name: string): readonly Column[] {
  if (!isColumn(name) || columns.length >= MOST || columns.some((one) => one.name === name)) return columns;
  const at = columns.findIndex((one) => one.name === "message");
  return columns.toSpliced(at < 0 ? columns.length : at, 0, { name, width: null });
}

/** The columns with one moved by so many places. */
export function withMoved(columns: readonly Column[], name: string, by: number): readonly Column[] {
  const from = columns.findIndex((one) => one.name === name);
  const moved = columns[from];
  const to = from + by;
  if (!moved || to < 0 || to >= columns.length) return columns;
  return columns.toSpliced(from, 1).toSpliced(to, 0, moved);
}
