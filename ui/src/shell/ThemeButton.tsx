import { Moon, Sun } from "lucide-react";
import { changeConfig } from "../config/useConfig";
import { useDark } from "../config/useTheme";
import { IconButton } from "../widgets/IconButton";

export function ThemeButton() {
  const dark = useDark();
  const next = dark ? "light" : "dark";
  return (
    <IconButton
      icon={dark ? Sun : Moon}
      label={`Switch to ${next} theme`}
      size="large"
      onClick={() => changeConfig({ theme: next })}
    />
  );
}
