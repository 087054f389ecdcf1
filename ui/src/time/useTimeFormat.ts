import { useMemo } from "react";
import { useConfig } from "../config/useConfig";
import type { TimeFormat } from "./format";

export function useTimeFormat(): TimeFormat {
  const { time, zone } = useConfig();
  return useMemo(() => ({ mode: time, zone }), [time, zone]);
}
