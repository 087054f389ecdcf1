import { useCallback, useMemo, useState } from "react";

/** Where a row stands that was measured, and how high it is. */
export interface Measured {
  index: number;
  height: number;
}

const MOST_KNOWN = 20_000;

/**
 * The rows that are not as high as a line, by id, and the `ref` for the elements that are measured (`data-id`,
 * `data-index`). They are forgotten with the `list` that they were of, and elements that stay are measured again.
 */
export function useHeights(list: unknown) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other heights
  const rows = useMemo(() => new Map<string, Measured>(), [list]);
  const [version, setVersion] = useState(0);
  const take = useCallback(
    (elements: readonly HTMLElement[]) => {
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
    },
    [rows],
  );
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
  return { heights: rows as ReadonlyMap<string, Measured>, version, measure };
}
