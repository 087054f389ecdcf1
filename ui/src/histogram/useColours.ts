// The page's colours for a canvas, which knows nothing of style sheets; read again when the theme changes.
import { useEffect, useState } from "react";
import { useDark } from "../config/useTheme";
import { byLevel, type Level } from "../entries/entry";

export interface Colours {
  levels: Record<Level, string>;
  text: string;
}

/** What is common is pale, so that what is wrong stands out. */
const STRENGTH: Record<Level, number> = { debug: 0.35, info: 0.45, notice: 0.55, warning: 0.95, error: 1, critical: 1 };

export function useColours(): Colours | null {
  const dark = useDark();
  const [colours, setColours] = useState<Colours | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page has other colours in the dark
  useEffect(() => setColours(readColours()), [dark]);
  return colours;
}

function readColours(): Colours {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colourOf = (name: string) => {
    probe.className = name;
    return getComputedStyle(probe).color;
  };
  const levels = byLevel((level) => colourOf(`tint-${level}`).replace(/^rgb\((.*)\)$/, `rgba($1, ${STRENGTH[level]})`));
  const text = colourOf("text-faint");
  probe.remove();
  return { levels, text };
}
