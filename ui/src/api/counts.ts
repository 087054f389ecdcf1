// Counts of what matches: by level, over time and by value. While the list is live they are asked for again and again,
// less often the longer an answer takes, so that looking never becomes the server's main work.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { withoutExclusions } from "../query/terms";
import { zoneName } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { withFilter } from "../url/filters";
import { type Params, paramsOf, type Question } from "../url/question";
import { request } from "./request";
import type { CountedField, Stats, ValueCount } from "./responses";
import { useEndpoint, useIsExtended } from "./server";

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

function useCounts<T>(path: string, question: Question, extra: Params, enabled: boolean) {
  const endpoint = useEndpoint();
  const extended = useIsExtended();
  const { q, filters, range, at } = question;
  const live = question.kind === "live";
  return useQuery({
    queryKey: ["counts", endpoint, path, q, filters, range, extra, live ? "live" : at],
    queryFn: ({ signal }) => {
      const params = { ...paramsOf({ ...question, at: live ? Date.now() : at }), ...extra };
      return timed(request<T>(endpoint, path, { params, signal }));
    },
    enabled: enabled && extended,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (live ? Math.max(SOONEST, (query.state.data?.took ?? 0) * SHARE) : false),
  });
}

/** Over time in buckets of the zone whose clock is shown: a day starts at its midnight. */
export function useStats(question: Question, buckets: number) {
  const tz = zoneName(useTimeFormat());
  return useCounts<Stats>("/api/stats", question, { buckets: String(buckets), tz }, true);
}

/** The values of a field under all filters but its own, so that the others can be chosen as well. */
export function useValues(field: CountedField, question: Question, enabled = true) {
  const filters = withFilter(question.filters, field, "");
  const others = { ...question, filters, q: withoutExclusions(question.q, field) };
  return useCounts<{ values: ValueCount[] }>(`/api/fields/${field}`, others, { limit: "50" }, enabled);
}
