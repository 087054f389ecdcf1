import { useCallback, useMemo, useState } from "react";

/** Heights of the rows that are not lines, by id, and the `ref` for the elements that are measured (`data-id`). */
export function useHeights() {
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map());
  const take = useCallback((elements: readonly HTMLElement[]) => {
    const measured = elements.map((one) => [one.dataset.id ?? "", one.getBoundingClientRect().height] as const);
    setHeights((known) =>
      measured.every(([id, height]) => known.get(id) === height) ? known : new Map([...known, ...measured]),
    );
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
  return { heights, measure };
}
