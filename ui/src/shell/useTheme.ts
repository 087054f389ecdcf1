import { useEffect, useSyncExternalStore } from "react";
import type { Theme } from "../config/config";

const media = () => matchMedia("(prefers-color-scheme: dark)");

export function useDark(theme: Theme): boolean {
  const system = useSyncExternalStore(
    (listener) => {
      const query = media();
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => media().matches,
  );
  return theme === "system" ? system : theme === "dark";
}

/** Put the theme on the page; the style sheet does the rest. */
export function useTheme(theme: Theme): void {
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}
