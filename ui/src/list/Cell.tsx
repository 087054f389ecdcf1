// What stands in one column of an entry's line.
import { cellText } from "../columns/cellText";
import type { LogEntry } from "../entries/entry";
import { shortCount } from "../text/count";
import { oneLine } from "../text/oneLine";
import { delta } from "../time/delta";
import { rowTime, type TimeFormat } from "../time/format";
import { copy } from "../toast/copy";
import { HighlightedText } from "../widgets/HighlightedText";
import { LevelBadge } from "../widgets/LevelBadge";
import { MiddleCut } from "../widgets/MiddleCut";

/** Traces that are counted or sorted by time begin alike: where they differ is at the end. */
const TRACE_END = 6;

export interface CellProps {
  entry: LogEntry;
  cutFrom: number | null;
  time: TimeFormat;
  now: number;
  /** Finds what is highlighted in the message. */
  highlight: RegExp | null;
  /** The time of the entry before, from which this one's is counted; null: it isn't. */
  since: string | null;
}

export function Cell({ column, entry, cutFrom, time, now, since, highlight }: CellProps & { column: string }) {
  switch (column) {
    case "time":
      return (
        <span role="gridcell" className="time mono flex justify-between gap-2 text-faint" title={entry.timestamp}>
          {rowTime(entry.timestamp, time, now)}
          {since !== null && <span className="delta text-soft">{delta(since, entry.timestamp)}</span>}
        </span>
      );
    case "level":
      return (
        <span role="gridcell" className="level">
          <LevelBadge level={entry.level} />
        </span>
      );
    case "app":
      return (
        <span role="gridcell" className="app" title={`${entry.app_key} · ${entry.app_id}`}>
          <MiddleCut text={entry.app_key} />
          <span className="environment text-faint">
            {" · "}
            <MiddleCut text={entry.app_id} />
          </span>
        </span>
      );
    case "message":
      return (
        <span role="gridcell" className="message">
          <HighlightedText text={oneLine(entry.message)} highlight={highlight} />
          {cutFrom !== null && (
            <span className="ml-2 rounded bg-line px-1 text-2xs text-soft">{shortCount(cutFrom)} chars</span>
          )}
        </span>
      );
    case "trace":
      return <TraceCell trace={entry.trace_id} />;
    default:
      return <TextCell column={column} text={oneLine(cellText(entry, column))} />;
  }
}

function TextCell({ column, text }: { column: string; text: string }) {
  const isPlain = column === "category" || column === "app_key" || column === "app_id";
  return (
    <span role="gridcell" className={isPlain ? `${column} text-soft` : "value mono text-soft"} title={text}>
      {text}
    </span>
  );
}

function TraceCell({ trace }: { trace: string }) {
  const end = trace.slice(-TRACE_END);
  return (
    <span role="gridcell" className="trace">
      <button
        type="button"
        tabIndex={-1}
        className="mono rounded text-faint hover:text-accent"
        title={`Copy trace ${trace}`}
        aria-label={`Copy trace ${end}`}
        onClick={(event) => {
          event.stopPropagation();
          copy(trace, "Trace ID");
        }}
      >
        {end}
      </button>
    </span>
  );
}
