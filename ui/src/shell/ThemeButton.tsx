import { Moon, Sun } from "lucide-react";
import { changeConfig, useConfig } from "../config/useConfig";
import { IconButton } from "../widgets/IconButton";
import { useDark } from "./useTheme";

export function ThemeButton() {
  const { theme } = useConfig();
  const dark = useDark(theme);
  const next = dark ? "light" : "dark";
  return (
    <IconButton
      icon={dark ? Sun : Moon}
      label={`Switch to the ${next} theme`}
      size="large"
      onClick={() => changeConfig({ theme: next })}
    />
  );
}
