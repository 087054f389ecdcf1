// What a panel shows, and when it is asked for again: all panels for the same time, and less often the longer the answers take,
// so that a dashboard that stands on a screen never becomes the server's main work.
import { keepPreviousData, useIsFetching, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { SHARE, SOONEST } from "../api/counts";
import { request } from "../api/request";
import type { Stats } from "../api/responses";
import { useEndpoint } from "../api/server";
import { observed, useStore } from "../state/store";
import { zoneName } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { type Asked, askedOfStats, type Panel, paramsAt, paramsBefore } from "./dashboard";

const PANELS = { queryKey: ["panels"] };
const visibility = observed(document, "visibilitychange", () => document.visibilityState === "visible");

/** The moment up to which all panels count, in ms since 1970. It goes on while the range counts from now and the page is seen. */
export function useMoment(isLive: boolean): { current: number } {
  const [moment] = useState(() => ({ current: Date.now() }));
  const queries = useQueryClient();
  const isFetching = useIsFetching(PANELS) > 0;
  const isSeen = useStore(visibility);
  const took = useRef(0);
  useEffect(() => {
    if (!isFetching) return;
    const began = performance.now();
    return () => {
      took.current = performance.now() - began;
    };
  }, [isFetching]);
  useEffect(() => {
    if (!isLive || !isSeen || isFetching) return;
    const next = () => {
      moment.current = Date.now();
      queries.invalidateQueries(PANELS);
    };
    const timer = setTimeout(next, Math.max(SOONEST, SHARE * took.current));
    return () => clearTimeout(timer);
  }, [isLive, isSeen, isFetching, moment, queries]);
  return moment;
}

interface Options {
  enabled: boolean;
  /** Of as long a time just before. */
  isBefore?: boolean;
}

export function usePanelStats(panel: Panel, asked: Asked, moment: { current: number }, options: Options) {
  const { enabled, isBefore = false } = options;
  const endpoint = useEndpoint();
  const tz = zoneName(useTimeFormat());
  const extra = { ...askedOfStats(panel), tz };
  return useQuery({
    queryKey: [...PANELS.queryKey, endpoint, asked, extra, isBefore],
    queryFn: ({ signal }) => {
      const params = (isBefore ? paramsBefore : paramsAt)(asked, moment.current);
      return params && request<Stats>(endpoint, "/api/stats", { params: { ...params, ...extra }, signal });
    },
    enabled,
    placeholderData: keepPreviousData,
  });
}
