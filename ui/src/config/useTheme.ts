import { useLayoutEffect } from "react";
import { useMedia } from "../state/media";
import { useConfig } from "./useConfig";

export function useDark(): boolean {
  const { theme } = useConfig();
  const isSystemDark = useMedia("(prefers-color-scheme: dark)");
  return theme === "system" ? isSystemDark : theme === "dark";
}

/** Puts the theme on the page, before effects read its colours; the style sheet does the rest. */
export function useTheme(): void {
  const { theme } = useConfig();
  useLayoutEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}
