// What stands in one column of an entry's line. Elements rather than components: a list that is scrolled makes hundreds of them
// a frame.
import { cellText } from "../columns/cellText";
import type { LogEntry } from "../entries/entry";
import { shortCount } from "../text/count";
import { oneLine } from "../text/oneLine";
import { delta } from "../time/delta";
import { rowTime, type TimeFormat } from "../time/format";
import { copy } from "../toast/copy";
import { HighlightedText } from "../widgets/HighlightedText";
import { levelBadge } from "../widgets/LevelBadge";
import { middleCut } from "../widgets/MiddleCut";

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

export function cellOf(column: string, { entry, cutFrom, time, now, since, highlight }: CellProps) {
  switch (column) {
    case "time":
      return (
        <span
          key={column}
          role="gridcell"
          className="time mono flex justify-between gap-2 text-faint"
          title={entry.timestamp}
        >
          {rowTime(entry.timestamp, time, now)}
          {since !== null && <span className="delta text-soft">{delta(since, entry.timestamp)}</span>}
        </span>
      );
    case "level":
      return (
        <span key={column} role="gridcell" className="level">
          {levelBadge(entry.level)}
        </span>
      );
    case "app":
      return (
        <span key={column} role="gridcell" className="app" title={`${entry.app_key} · ${entry.app_id}`}>
          {middleCut(entry.app_key)}
          <span className="environment text-faint">
            {" · "}
            {middleCut(entry.app_id)}
          </span>
        </span>
      );
    case "message":
      return (
        <span key={column} role="gridcell" className="message">
          <HighlightedText text={oneLine(entry.message)} highlight={highlight} />
          {cutFrom !== null && (
            <span className="ml-2 rounded bg-line px-1 text-2xs text-soft">{shortCount(cutFrom)} chars</span>
          )}
        </span>
      );
    case "trace":
      return traceCell(column, entry.trace_id);
    default:
      return textCell(column, oneLine(cellText(entry, column)));
  }
}

function textCell(column: string, text: string) {
  const isPlain = column === "category" || column === "app_key" || column === "app_id";
  return (
    <span
      key={column}
      role="gridcell"
      className={isPlain ? `${column} text-soft` : "value mono text-soft"}
      title={text}
    >
      {text}
    </span>
  );
}

function traceCell(column: string, trace: string) {
  const end = trace.slice(-TRACE_END);
  return (
    <span key={column} role="gridcell" className="trace">
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
