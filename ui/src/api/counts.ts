// Counts of what matches: by level, over time and by value. While the list is live they are asked for again and again,
// less often the longer an answer takes, so that looking never becomes the server's main work.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { withoutExclusions } from "../query/terms";
import { zoneName } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { withFilter } from "../url/filters";
import { type Params, paramsOf, type Question } from "../url/question";
import { request } from "./request";
import type { CountedField, Patterns, Stats, ValueCount } from "./responses";
import { useEndpoint, useIsExtended } from "./server";

/** Milliseconds until they are asked for again, at least; else so many times what the answer took. */
export const SOONEST = 5000;
export const SHARE = 20;
/** Characters of an example's message: its details have the whole. */
const EXAMPLE = 1000;

/** By which field counts are split, and into how many of its values. */
interface Splitting {
  field: string;
  series: number;
}

const BY_LEVEL: Splitting = { field: "level", series: 0 };

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

/**
 * Over time in buckets of the zone whose clock is shown: a day starts at its midnight. By level and, where it is another
 * field, by its most frequent values.
 */
export function useStats(question: Question, buckets: number, split: Splitting = BY_LEVEL, enabled = true) {
  const tz = zoneName(useTimeFormat());
  const { field, series } = split;
  const values: Params = field === BY_LEVEL.field ? {} : { split: field, split_limit: String(series) };
  return useCounts<Stats>("/api/stats", question, { buckets: String(buckets), tz, ...values }, enabled);
}

/** The values of a field under all filters but its own, so that the others can be chosen as well. */
export function useValues(field: CountedField, question: Question, enabled = true) {
  const filters = withFilter(question.filters, field, "");
  const others = { ...question, filters, q: withoutExclusions(question.q, field) };
  return useCounts<{ values: ValueCount[] }>(`/api/fields/${field}`, others, { limit: "50" }, enabled);
}

/** The values of a field under all filters, most frequent first, `most` of them. */
export function useFieldCounts(field: CountedField, question: Question, most: number) {
  return useCounts<{ values: ValueCount[] }>(`/api/fields/${field}`, question, { limit: String(most) }, true);
}

/** What kinds of messages there are, most frequent first, `most` of them. */
export function usePatterns(question: Question, most: number) {
  const tz = zoneName(useTimeFormat());
  const extra = { limit: String(most), message_max: String(EXAMPLE), tz };
  return useCounts<Patterns>("/api/patterns", question, extra, true);
}
