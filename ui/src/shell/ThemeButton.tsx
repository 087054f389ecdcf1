import { Moon, Sun } from "lucide-react";
import { changeConfig, useConfig } from "../config/config";
import { useDark } from "./useTheme";

export function ThemeButton() {
  const { theme } = useConfig();
  const dark = useDark(theme);
  const next = dark ? "light" : "dark";
  return (
    <button
      type="button"
      className="button plain"
      aria-label={`Switch to the ${next} theme`}
      title={`Switch to the ${next} theme`}
      onClick={() => changeConfig({ theme: next })}
    >
      {dark ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
    </button>
  );
}
