import { useEffect } from "react";
import type { Theme } from "../config/config";
import { useMedia } from "../state/media";

export function useDark(theme: Theme): boolean {
  const systemIsDark = useMedia("(prefers-color-scheme: dark)");
  return theme === "system" ? systemIsDark : theme === "dark";
}

/** Put the theme on the page; the style sheet does the rest. */
export function useTheme(theme: Theme): void {
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}
