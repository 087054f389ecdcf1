// A panel as it is typed, and what is kept of that. Pure.
import { queryText } from "../url/kept";
import { FUNCTIONS, KINDS, type Kind, type Panel } from "./dashboard";

export interface PanelDraft {
  kind: Kind;
  title: string;
  /** In the search language. */
  q: string;
  /** Of top values. */
  field: string;
  /** Empty: not split, of counts by level. */
  split: string;
  /** Of a metric; empty: the entries are counted. */
  function: string;
  number: string;
  unit: string;
}

const METRIC = /^(\w+)\((.*)\)$/;

export function draftOf(panel: Panel | null): PanelDraft {
  const [, name = "", number = ""] = METRIC.exec(panel?.metric ?? "") ?? [];
  return {
    kind: panel?.kind ?? "counts",
    title: panel?.title ?? "",
    q: panel?.query ? queryText(panel.query) : "",
    field: panel?.field ?? "app_key",
    split: panel?.split ?? "",
    function: name,
    number,
    unit: panel?.unit ?? "",
  };
}

/** Whether a metric is asked for: always of a metric over time, of a number where one is chosen. */
export const hasMetric = ({ kind, function: name }: PanelDraft): boolean =>
  kind === "metric" || (kind === "number" && name !== "");

/** The panel, in the place of the one that it was; null while something is missing. */
export function panelOf(draft: PanelDraft, place: Pick<Panel, "x" | "y" | "w" | "h">): Panel | null {
  const { kind, title, q, field, split, unit } = draft;
  const number = inContext(draft.number.trim());
  const isMeasured = hasMetric(draft);
  if (isMeasured && number === "context.") return null;
  if (kind === "top" && !field.trim()) return null;
  const { x, y, w, h } = place;
  return {
    kind,
    x,
    y,
    w,
    h,
    ...(title.trim() ? { title: title.trim() } : {}),
    ...(q.trim() ? { query: { q: q.trim() } } : {}),
    ...(kind === "top" ? { field: field.trim() } : {}),
    ...((kind === "counts" || kind === "metric") && split.trim() ? { split: split.trim() } : {}),
    ...(isMeasured ? { metric: `${draft.function || FUNCTIONS[0]}(${number})` } : {}),
    ...(isMeasured && unit.trim() ? { unit: unit.trim() } : {}),
  };
}

const inContext = (path: string): string => (path.startsWith("context.") ? path : `context.${path}`);

export const sizeOf = (kind: Kind): { w: number; h: number } => ({ w: KINDS[kind].w, h: KINDS[kind].h });
