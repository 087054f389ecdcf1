// Counts of what matches: by level, over time and by value. While the list is live they are asked for again and again,
// less often the longer an answer takes, so that looking never becomes the server's main work.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { toParams, type View } from "../url/view";
import { request } from "./client";
import { useEndpoint, useIsComplete } from "./server";
import type { CountedField, Params, Stats, ValueCount } from "./types";

const SOONEST = 5000;
const SHARE = 20;

interface Timed<T> {
  value: T;
  took: number;
}

async function timed<T>(work: Promise<T>): Promise<Timed<T>> {
  const began = performance.now();
  return { value: await work, took: performance.now() - began };
}

function useCounts<T>(
  path: string,
  view: Pick<View, "q" | "filters" | "range">,
  at: number,
  live: boolean,
  extra: Params,
  enabled: boolean,
) {
  const endpoint = useEndpoint();
  const complete = useIsComplete();
  return useQuery({
    queryKey: ["counts", endpoint, path, view.q, view.filters, view.range, extra, live ? "live" : at],
    queryFn: ({ signal }) => {
      const params = { ...toParams(view, live ? Date.now() : at, true), ...extra };
      return timed(request<T>(endpoint, path, { params, signal }));
    },
    enabled: enabled && complete,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (live ? Math.max(SOONEST, (query.state.data?.took ?? 0) * SHARE) : false),
  });
}

export function useStats(view: Pick<View, "q" | "filters" | "range">, at: number, live: boolean, buckets: number) {
  return useCounts<Stats>("/api/stats", view, at, live, { buckets: String(buckets) }, true);
}

/** The values of a field under all filters but its own, so that the others can be chosen instead. */
export function useValues(
  field: CountedField,
  view: Pick<View, "q" | "filters" | "range">,
  at: number,
  live: boolean,
  enabled = true,
) {
  const filters = { ...view.filters };
  delete filters[field];
  return useCounts<{ values: ValueCount[] }>(
    `/api/fields/${field}`,
    { ...view, filters },
    at,
    live,
    { limit: "50" },
    enabled,
  );
}
