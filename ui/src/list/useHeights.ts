import { useCallback, useMemo, useRef, useState } from "react";

/** Where a row stands that was measured, and how high it is. */
export interface Measured {
  index: number;
  height: number;
}

const MOST_KNOWN = 20_000;

/**
 * The rows that are not as high as a line, by id, and the `ref` for the elements that are measured (`data-id`,
 * `data-index`). They are forgotten with the `list` that they were of.
 */
export function useHeights(list: unknown) {
  const known = useRef({ list, rows: new Map<string, Measured>() });
  const [version, setVersion] = useState(0);
  if (known.current.list !== list) known.current = { list, rows: new Map() };
  const take = useCallback((elements: readonly HTMLElement[]) => {
    const { rows } = known.current;
    let changed = false;
    for (const element of elements) {
      const { height } = element.getBoundingClientRect();
      const [id, index] = [element.dataset.id ?? "", Number(element.dataset.index)];
      const before = rows.get(id);
      if (before?.height === height && before.index === index) continue;
      rows.set(id, { index, height });
      changed = true;
    }
    for (const id of rows.keys()) {
      if (rows.size <= MOST_KNOWN) break;
      rows.delete(id);
    }
    if (changed) setVersion((one) => one + 1);
  }, []);
  const observer = useMemo(
    () => new ResizeObserver((entries) => take(entries.map((one) => one.target as HTMLElement))),
    [take],
  );
  const measure = useCallback(
    (element: HTMLElement | null) => {
      if (!element) return undefined;
      take([element]);
      observer.observe(element);
      return () => observer.unobserve(element);
    },
    [observer, take],
  );
  return { heights: known.current.rows as ReadonlyMap<string, Measured>, version, measure };
}
