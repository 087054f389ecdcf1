import { useQuery } from "@tanstack/react-query";
import { request } from "../api/request";
import type { Page } from "../api/responses";
import { useEndpoint } from "../api/server";
import { filterOf, openParams, type Question } from "../url/question";
import { LASTS, type Last, secondsOf } from "../url/range";

interface Wider {
  last: Last;
  /** How many match in it. */
  total: number;
}

/** The shortest range that has matches, and all time, each with their number; null until it is known. */
export function useWiderRanges(question: Question): Wider[] | null {
  const endpoint = useEndpoint();
  const { data } = useQuery({
    queryKey: ["wider", endpoint, question.q, question.filters, question.range],
    queryFn: async ({ signal }): Promise<Wider[]> => {
      const ask = (params: ReturnType<typeof filterOf>) =>
        request<Page>(endpoint, "/api/logs", { params: { ...params, limit: "1" }, signal });
      const all = await ask(filterOf(question));
      const newest = all.entries[0];
      if (!newest) return [];
      const now = Date.now();
      const last = LASTS.find((one) => reaches(one, Date.parse(newest.timestamp), now)) ?? "all";
      const most = { last: "all", total: all.total ?? 1 } as const;
      if (last === "all" || "from" in question.range) return [most];
      const { total } = await ask(openParams({ ...question, range: { last } }, now));
      return total === most.total ? [{ last, total }] : [{ last, total: total ?? 1 }, most];
    },
    gcTime: 0, // entries that arrive since then aren't counted in it
  });
  return data ?? null;
}

function reaches(last: Last, moment: number, now: number): boolean {
  const seconds = secondsOf(last);
  return seconds === null || now - seconds * 1000 <= moment;
}
