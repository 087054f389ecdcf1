import { lazy, Suspense } from "react";
import { lastName, rangeName } from "../range/rangeNames";
import { entryCount } from "../text/count";
import { zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { chosenFilters } from "../url/filters";
import { navigate } from "../url/navigation";
import type { Question } from "../url/question";
import type { Range } from "../url/range";
import { useWiderRanges } from "./useWiderRanges";

const SendSomething = lazy(() => import("../sending/SendSomething"));

/** Nothing to show: says where it was looked for, and offers what would show something. */
export function NoEntries({ question }: { question: Question }) {
  const zone = zoneOf(useTimeFormat());
  const { q, filters, range } = question;
  const isFiltered = q !== "" || chosenFilters(filters).length > 0;
  const isLive = question.kind === "live";
  const wider = useWiderRanges(question);
  if (wider?.length === 0 && !isFiltered && question.kind !== "around")
    return (
      <Suspense>
        <SendSomething live={isLive} />
      </Suspense>
    );
  return (
    <div className="m-auto flex max-w-lg flex-col items-center gap-3 p-8 text-center">
      <p className="font-medium text-sm">
        {isFiltered ? "Nothing matches" : "There are no entries"} {within(range, zone)}
      </p>
      {isLive && <p className="text-soft">Entries appear here as they arrive.</p>}
      <div className="flex flex-wrap justify-center gap-2">
        {wider?.map(({ last, total }, index) => (
          <button
            key={last}
            type="button"
            className={`button ${index === 0 ? "primary" : ""}`}
            onClick={() => navigate({ range: { last } })}
          >
            {lastName(last)}: {entryCount(total)}
          </button>
        ))}
        {isFiltered && (
          <button type="button" className="button" onClick={() => navigate({ q: "", filters: {} })}>
            Clear filters
          </button>
        )}
      </div>
    </div>
  );
}

function within(range: Range, zone: string | undefined): string {
  if (!("last" in range)) return `in this time: ${rangeName(range, zone)}`;
  return range.last === "all" ? "at any time" : `in the ${lastName(range.last).toLowerCase()}`;
}
