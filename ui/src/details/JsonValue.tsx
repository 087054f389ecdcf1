/** A value without parts, in the colour of its kind and written as it came. */
import { ExactNumber } from "../entries/lossless";

export function textOf(value: unknown): string {
  if (value instanceof ExactNumber) return value.source;
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function JsonValue({ value }: { value: unknown }) {
  if (typeof value === "string")
    return <span className="json-string whitespace-pre-wrap [overflow-wrap:anywhere]">"{value}"</span>;
  const number = typeof value === "number" || value instanceof ExactNumber;
  return <span className={number ? "json-number" : "json-literal"}>{textOf(value)}</span>;
}
