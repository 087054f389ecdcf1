// JSON with its numbers as they were written: 1.0, 1e400 and integers beyond 2^53 are shown as the application sent them.
// The reviver's third argument carries the source text (ECMAScript 2026); where a browser lacks it, numbers are ordinary.

export class ExactNumber {
  constructor(readonly source: string) {}
  /** As close as a number comes. */
  valueOf(): number {
    return Number(this.source);
  }
  toJSON(): unknown {
    // Known to JSON.rawJSON wherever the source is known.
    const raw = (JSON as unknown as { rawJSON?: (text: string) => unknown }).rawJSON;
    return raw ? raw(this.source) : Number(this.source);
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;

const keepNumbers: Reviver = (_key, value, context) =>
  typeof value === "number" && context?.source !== undefined && String(value) !== context.source
    ? new ExactNumber(context.source)
    : value;

export function parseExactly(text: string): unknown {
  return JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown);
}
