import { type RefObject, useEffect, useState } from "react";

/** Whether an element is seen, or about to be. */
export function useInSight(element: RefObject<HTMLElement | null>): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const watched = element.current;
    if (!watched) return;
    const watch = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting ?? false), {
      rootMargin: "200px",
    });
    watch.observe(watched);
    return () => watch.disconnect();
  }, [element]);
  return isSeen;
}
