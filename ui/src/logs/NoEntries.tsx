import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { request } from "../api/request";
import type { Page } from "../api/responses";
import { useEndpoint } from "../api/server";
import { entryCount } from "../text/count";
import { chosenFilters } from "../url/filters";
import { navigate } from "../url/navigation";
import { filterOf, type Question } from "../url/question";

const SendSomething = lazy(() => import("../sending/SendSomething"));

/** Nothing to show: says why, and offers what would show something. */
export function NoEntries({ question }: { question: Question }) {
  const { q, filters, range } = question;
  const isFiltered = q !== "" || chosenFilters(filters).length > 0;
  const isAllTime = "last" in range && range.last === "all";
  const total = useTotalOfAllTime(question);
  const elsewhere = isAllTime ? 0 : (total ?? 0);
  const isLive = question.kind === "live";
  if (total === 0 && !isFiltered && question.kind !== "around")
    return (
      <Suspense>
        <SendSomething live={isLive} />
      </Suspense>
    );
  return (
    <div className="m-auto flex max-w-md flex-col items-center gap-3 p-8 text-center">
      <p className="font-medium text-sm">{title(isFiltered, isAllTime)}</p>
      <p className="text-soft">{elsewhere > 0 ? outside(elsewhere) : reason(isFiltered, isLive)}</p>
      <div className="flex flex-wrap justify-center gap-2">
        {elsewhere > 0 && (
          <button type="button" className="button primary" onClick={() => navigate({ range: { last: "all" } })}>
            Show all time
          </button>
        )}
        {isFiltered && (
          <button type="button" className="button" onClick={() => navigate({ q: "", filters: {} })}>
            Clear filters
          </button>
        )}
      </div>
    </div>
  );
}

/** How many match whatever their time; null until that is known. */
function useTotalOfAllTime(question: Question): number | null {
  const endpoint = useEndpoint();
  const { data } = useQuery({
    queryKey: ["all-time", endpoint, question.q, question.filters],
    queryFn: ({ signal }) =>
      request<Page>(endpoint, "/api/logs", { params: { ...filterOf(question), limit: "1" }, signal }),
    gcTime: 0, // entries that arrive since then aren't counted in it
  });
  return data?.total ?? null;
}

function title(isFiltered: boolean, isAllTime: boolean): string {
  if (isFiltered) return "No matches";
  return isAllTime ? "No entries yet" : "No entries in this time range";
}

function outside(total: number): string {
  return `There ${total === 1 ? "is" : "are"} ${entryCount(total)} outside this time range.`;
}

function reason(isFiltered: boolean, isLive: boolean): string {
  if (isFiltered) return "No stored entries match these filters.";
  return isLive ? "Entries appear here as they arrive." : "Send entries to POST /api/logs, then search again.";
}
