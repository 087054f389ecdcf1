import { useMemo } from "react";
import { observed, useStore } from "./store";

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const media = useMemo(() => {
    const list = matchMedia(query);
    return observed(list, "change", () => list.matches);
  }, [query]);
  return useStore(media);
}

/** Whether the window is narrower than this many pixels. */
export const useNarrow = (pixels: number): boolean => useMedia(`(max-width: ${pixels - 1}px)`);
