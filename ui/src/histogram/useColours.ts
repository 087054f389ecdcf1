// The page's colours for a canvas, which knows nothing of style sheets; read again when the theme changes.
import { useEffect, useState } from "react";
import { useDark } from "../config/useTheme";
import type { Series } from "./series";

export interface Colours {
  /** One for each series. */
  series: readonly string[];
  text: string;
  /** Of lines behind a chart. */
  line: string;
}

export function useColours(series: readonly Series[]): Colours | null {
  const dark = useDark();
  const [colours, setColours] = useState<Colours | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page has other colours in the dark
  useEffect(() => setColours(readColours(series)), [dark, series]);
  return colours;
}

function readColours(series: readonly Series[]): Colours {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colourOf = (name: string) => {
    probe.className = name;
    return getComputedStyle(probe).color;
  };
  const read = series.map(({ tint, strength }) => colourOf(tint).replace(/^rgb\((.*)\)$/, `rgba($1, ${strength})`));
  const text = colourOf("text-faint");
  const line = colourOf("text-line");
  probe.remove();
  return { series: read, text, line };
}
