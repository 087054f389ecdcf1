// One pattern: how many entries have it, what they say, when they came. A click looks at its entries; Alt-click or a
// button leaves them out; an example opens in place.
import { ChevronDown, ListX } from "lucide-react";
import { memo } from "react";
import type { Pattern } from "../api/responses";
import { Details } from "../details/Details";
import { SEVERE_FIRST } from "../entries/entry";
import { withTerm } from "../query/terms";
import { entryCount, fullCount, shareText, shortCount } from "../text/count";
import { fullTime, rowTime, type TimeFormat } from "../time/format";
import { currentView, navigate } from "../url/navigation";
import { LevelBadge } from "../widgets/LevelBadge";
import { Sparkline } from "../widgets/Sparkline";
import { levelOf } from "./order";
import { PatternText } from "./PatternText";

interface Props {
  pattern: Pattern;
  sampled: boolean;
  open: boolean;
  time: TimeFormat;
  now: number;
  onToggle: (pattern: string) => void;
}

export function filterIn(q: string): void {
  navigate({ q: withTerm(currentView().q, q), show: "entries", entry: null });
}

export function filterOut(q: string): void {
  navigate({ q: withTerm(currentView().q, `-${q}`), entry: null });
}

export const PatternRow = memo(function PatternRow({ pattern: one, sampled, open, time, now, onToggle }: Props) {
  const level = levelOf(one);
  const about = sampled ? "≈ " : "";
  return (
    <li className="border-line border-b" data-new={one.new || undefined} data-level={level}>
      <div className="group pattern hover:bg-panel">
        <span aria-hidden className={`bar ${SEVERE_FIRST.indexOf(level) < 3 ? `fill-${level}` : ""}`} />
        <span className="count text-right tabular-nums" title={`${about}${fullCount(one.count)} of all`}>
          <span className="block font-semibold">
            {about}
            {shortCount(one.count)}
          </span>
          <span className="block text-faint text-xs">{shareText(one.share)}</span>
        </span>
        <div className="what min-w-0">
          <button
            type="button"
            data-choice
            className="pattern-text"
            title={`${one.pattern}\nClick: look at these entries · Alt-click: leave them out`}
            onClick={(event) => (event.altKey ? filterOut(one.q) : filterIn(one.q))}
          >
            <PatternText pattern={one.pattern} />
          </button>
          <div className="mt-0.5 flex flex-wrap items-center gap-x-2.5 gap-y-0.5 text-faint text-xs">
            {one.new && <span className="tag">New in this range</span>}
            <Levels pattern={one} />
            <span>
              {one.example.app_key}
              <span className="max-sm:hidden"> · {one.example.category}</span>
            </span>
            <span className="tabular-nums">
              <Moment name="first" at={one.first} time={time} now={now} /> ·{" "}
              <Moment name="last" at={one.last} time={time} now={now} />
            </span>
          </div>
        </div>
        <span className="trend">
          <Sparkline counts={one.histogram} level={level} label={`${entryCount(one.count)} over the range`} />
        </span>
        <span className="actions flex">
          <button
            type="button"
            className="button plain small"
            aria-label={`Leave out: ${one.pattern}`}
            title="Leave these entries out"
            onClick={() => filterOut(one.q)}
          >
            <ListX size={14} aria-hidden />
          </button>
          <button
            type="button"
            className="button plain small"
            aria-label={`Example: ${one.pattern}`}
            aria-expanded={open}
            title={open ? "Close the example" : "Show the newest of these entries"}
            onClick={() => onToggle(one.pattern)}
          >
            <ChevronDown size={14} aria-hidden className={open ? "rotate-180" : ""} />
          </button>
        </span>
      </div>
      {open && <Example pattern={one} />}
    </li>
  );
});

function Levels({ pattern: { levels, count } }: { pattern: Pattern }) {
  const used = SEVERE_FIRST.filter((level) => levels[level] > 0);
  return used.map((level) => (
    <span key={level} className="flex items-center gap-1 tabular-nums">
      <LevelBadge level={level} />
      {used.length > 1 && shortCount(Math.min(count, levels[level]))}
    </span>
  ));
}

function Moment(props: { name: string; at: string; time: TimeFormat; now: number }) {
  const { name, at, time, now } = props;
  return (
    <time dateTime={at} title={fullTime(at, time)}>
      {name} {rowTime(at, time, now).split(".")[0]}
    </time>
  );
}

/** An entry as it stands opened in the list. */
function Example({ pattern: { example } }: { pattern: Pattern }) {
  return (
    <div role="treegrid" aria-label="Example">
      <Details entry={example} cutFrom={example.message_cut ? example.message.length : null} highlight={null} />
    </div>
  );
}
