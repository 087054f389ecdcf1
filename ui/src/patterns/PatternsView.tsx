// What matches, grouped by the pattern of its messages. Lazily loaded.
import { useCallback, useRef, useState } from "react";
import { usePatterns } from "../api/counts";
import type { Pattern } from "../api/responses";
import { entryCount, fullCount } from "../text/count";
import { useNow } from "../time/useNow";
import { useTimeFormat } from "../time/useTimeFormat";
import type { PatternSort } from "../url/look";
import { navigate } from "../url/navigation";
import type { Question } from "../url/question";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { sorted, steady } from "./order";
import { PatternRow } from "./PatternRow";
import "./patterns.css";

const MOST = 200;
const SORT_NAMES: Record<PatternSort, string> = {
  count: "Most frequent",
  new: "New first",
  severity: "Most severe",
  last: "Seen last",
};

export default function PatternsView({ question, sort }: { question: Question; sort: PatternSort }) {
  const { data, error, isPlaceholderData, refetch } = usePatterns(question, MOST);
  const time = useTimeFormat();
  const now = useNow(60_000);
  const [open, setOpen] = useState<string | null>(null);
  const toggle = useCallback((pattern: string) => setOpen((known) => (known === pattern ? null : pattern)), []);
  const [held, setHeld] = useState(false);
  const answer = data?.value;
  const shown = useSteady(answer?.patterns ?? [], sort, held || open !== null);
  if (error !== null) return <ErrorBanner error={error} onRetry={() => void refetch()} />;
  if (!answer) return <Loading />;
  const added = answer.patterns.filter((one) => one.new).length;
  return (
    <section aria-label="Patterns" className="flex min-h-0 flex-1 flex-col" aria-busy={isPlaceholderData}>
      <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1.5 border-line border-b px-3 py-1.5">
        <p data-testid="patterns" className="text-soft tabular-nums">
          <span className="font-medium text-ink">
            {answer.patterns.length === MOST
              ? `The ${MOST} most frequent patterns`
              : patternCount(answer.patterns.length)}
          </span>{" "}
          in {entryCount(answer.total)}
          {added > 0 && (
            <button type="button" className="ml-2.5 tag hover:underline" onClick={() => navigate({ sort: "new" })}>
              {fullCount(added)} new in this range
            </button>
          )}
        </p>
        {answer.sampled && (
          <p
            className="text-warning"
            title="Too many entries match to look at all of them: counts marked ≈ are estimates"
          >
            Counts are estimated from a sample
          </p>
        )}
        <fieldset className="ml-auto flex gap-0.5">
          <legend className="sr-only">Sort patterns by</legend>
          {(Object.keys(SORT_NAMES) as PatternSort[]).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === sort}
              className="button plain small aria-pressed:bg-wash aria-pressed:text-ink"
              onClick={() => navigate({ sort: one })}
            >
              {SORT_NAMES[one]}
            </button>
          ))}
        </fieldset>
      </div>
      {answer.patterns.length === 0 && <p className="m-auto p-8 text-soft">Nothing matches: there are no patterns.</p>}
      <ol
        className={`min-h-0 flex-1 overflow-y-auto ${isPlaceholderData ? "opacity-60" : ""}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached with the keyboard
        tabIndex={0}
        aria-label="Patterns of messages"
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
      >
        {shown.map((one) => (
          <PatternRow
            key={one.pattern}
            pattern={one}
            sampled={answer.sampled}
            open={one.pattern === open}
            time={time}
            now={now}
            onToggle={toggle}
          />
        ))}
      </ol>
    </section>
  );
}

const patternCount = (count: number): string => (count === 1 ? "1 pattern" : `${fullCount(count)} patterns`);

/** In their order; while somebody reads, newer counts move nothing. */
function useSteady(patterns: readonly Pattern[], sort: PatternSort, held: boolean): Pattern[] {
  const before = useRef<{ sort: PatternSort; order: string[] } | null>(null);
  const shown = held && before.current?.sort === sort ? steady(patterns, before.current.order) : sorted(patterns, sort);
  before.current = { sort, order: shown.map((one) => one.pattern) };
  return shown;
}

function Loading() {
  return (
    <div role="status" aria-label="Counting patterns" className="flex flex-col gap-3 p-4">
      {[70, 45, 60, 35, 50, 40].map((width) => (
        <div key={width} className="skeleton pulse h-6" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
