// What differs between two times, or between two filters: in all, by pattern, and by field. Lazily loaded.
import { RefreshCw } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useStats } from "../api/counts";
import { ApiError } from "../api/request";
import { rangeName } from "../range/rangeNames";
import { entryCount } from "../text/count";
import { zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import type { Against } from "../url/look";
import { navigate } from "../url/navigation";
import type { Question } from "../url/question";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { AgainstPicker } from "./AgainstPicker";
import { againstName } from "./againstNames";
import "./compare.css";
import { ChosenChanges } from "./ChosenChanges";
import { type Change, changeText } from "./changes";
import { FieldChanges } from "./FieldChanges";
import { LevelChanges } from "./LevelChanges";
import type { Narrow } from "./narrow";
import { Overlay } from "./Overlay";
import { PatternChanges } from "./PatternChanges";
import { type Sides, sidesOf } from "./sides";

interface Props {
  question: Question;
  against: Against;
  /** The field that is compared beside the usual ones. */
  split: string;
  /** The paths in the contexts of entries that are shown. */
  paths: () => Iterable<string>;
}

export default function CompareView({ question, against, split, paths }: Props) {
  // What is compared stands still while it is read, also where entries keep arriving.
  const [asked, setAsked] = useState({
    question,
    at: Math.max(question.at, question.kind === "live" ? Date.now() : 0),
  });
  if (asked.question !== question) setAsked({ question, at: question.kind === "live" ? Date.now() : question.at });
  const sides = useMemo(() => sidesOf(question, against, asked.at), [question, against, asked.at]);
  const name = againstName(against, question.range);
  return (
    <section aria-label="Comparison" className="min-h-0 flex-1 overflow-y-auto">
      {sides === null ? (
        <NoBefore against={against} name={name} />
      ) : (
        <Compared
          sides={sides}
          against={against}
          name={name}
          split={split}
          paths={paths}
          onRefresh={question.kind === "live" ? () => setAsked({ question, at: Date.now() }) : null}
        />
      )}
    </section>
  );
}

function NoBefore({ against, name }: { against: Against; name: string }) {
  return (
    <div className="m-auto flex max-w-md flex-col items-center gap-3 p-8 text-center text-soft">
      <p>All time has none before it. Choose a range to compare it with the time before, or another filter.</p>
      <div className="flex flex-wrap justify-center gap-1.5">
        <button type="button" className="button" onClick={() => navigate({ range: { last: "1h" } })}>
          Last hour
        </button>
        <button type="button" className="button" onClick={() => navigate({ range: { last: "24h" } })}>
          Last 24 hours
        </button>
        <AgainstPicker against={against} name={name} />
      </div>
    </div>
  );
}

interface ComparedProps {
  sides: Sides;
  against: Against;
  name: string;
  split: string;
  paths: () => Iterable<string>;
  /** Null where nothing is added to what is compared. */
  onRefresh: (() => void) | null;
}

const BUCKETS = 60;

function Compared({ sides, against, name, split, paths, onRefresh }: ComparedProps) {
  const time = useTimeFormat();
  const zone = zoneOf(time);
  const current = useStats(sides.current, BUCKETS);
  const baseline = useStats(sides.baseline, BUCKETS);
  const error = current.error ?? baseline.error;
  const totals = { current: current.data?.value.total ?? 0, baseline: baseline.data?.value.total ?? 0 };
  const known = current.data !== undefined && baseline.data !== undefined;
  const choose = (change: Change, narrow: Narrow) => {
    const shown = { show: "entries", entry: null } as const;
    if (change.kind !== "vanished") return navigate({ ...narrow(sides.current), ...shown });
    navigate({ ...narrow(sides.baseline), range: sides.baseline.range, ...shown });
  };
  const list = { sides, totals, onChoose: choose };
  return (
    <div className="flex flex-col gap-5 p-4">
      <div className="grid items-center gap-x-6 gap-y-3 lg:grid-cols-[minmax(0,1fr)_minmax(16rem,24rem)]">
        <dl className="flex flex-col gap-2 tabular-nums">
          <Side
            id="current"
            colour="bg-accent"
            total={known ? totals.current : null}
            range={rangeName(sides.current.range, zone)}
          >
            <span className="font-medium">{sides.sameFilters ? "This range" : "These filters"}</span>
          </Side>
          <Side
            id="baseline"
            colour="bg-strong"
            total={known ? totals.baseline : null}
            range={rangeName(sides.baseline.range, zone)}
          >
            <AgainstPicker against={against} name={name} />
          </Side>
        </dl>
        <div className="flex items-center gap-4">
          {known && sides.sameFilters && (
            <span data-testid="change" className="whitespace-nowrap font-semibold text-lg tabular-nums">
              {changeText(totals.current, totals.baseline)}
            </span>
          )}
          {known && current.data && baseline.data && (
            <Overlay current={current.data.value} baseline={baseline.data.value} name={name} />
          )}
          {onRefresh && (
            <button type="button" className="button small" onClick={onRefresh} title="Compare as of now">
              <RefreshCw size={13} aria-hidden /> Refresh
            </button>
          )}
        </div>
      </div>
      {error !== null && (
        <ErrorBanner
          error={withPlace(error, against)}
          onRetry={() => void Promise.all([current.refetch(), baseline.refetch()])}
        />
      )}
      {error === null && known && totals.baseline === 0 && (
        <p className="rounded-lg border border-line bg-panel px-3 py-2 text-soft">
          {sides.sameFilters
            ? `There are no entries in ${lower(name)}, so everything is new.`
            : "The other filter finds no entries."}
        </p>
      )}
      {error === null && (
        <>
          <PatternChanges {...list} />
          <div className="grid gap-x-6 gap-y-5 xl:grid-cols-2">
            <div className="flex min-w-0 flex-col gap-5">
              <LevelChanges {...list} current={current.data?.value.by_level} baseline={baseline.data?.value.by_level} />
              <FieldChanges {...list} title="Environment" field="app_id" />
              <ChosenChanges {...list} split={split} paths={paths} />
            </div>
            <div className="flex min-w-0 flex-col gap-5">
              <FieldChanges {...list} title="Application" field="app_key" />
              <FieldChanges {...list} title="Category" field="category" />
            </div>
          </div>
        </>
      )}
    </div>
  );
}

const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function Side(props: { id: string; colour: string; total: number | null; range: string; children: ReactNode }) {
  const { id, colour, total, range, children } = props;
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-0.5">
      <dt className="flex min-w-44 max-w-full items-center gap-2">
        <span aria-hidden className={`size-2.5 shrink-0 rounded-sm ${colour}`} />
        {children}
      </dt>
      <dd data-testid={id} className="min-w-28 text-right font-medium max-sm:text-left">
        {total !== null && entryCount(total)}
      </dd>
      <dd className="text-soft">{range}</dd>
    </div>
  );
}

/** A query that is not understood may be that of the other filter, which the search box says nothing of. */
function withPlace(error: unknown, against: Against): unknown {
  if (!(error instanceof ApiError) || error.status !== 400 || !("q" in against)) return error;
  return new ApiError(400, `Can't compare with ${against.q}`, error.reason);
}
