// One entry as one line. Everything in it is cut to what fits; the details have it whole.
import { memo } from "react";
import { isError, type LogEntry } from "../entries/entry";
import { shortCount } from "../text/count";
import { oneLine } from "../text/oneLine";
import { delta } from "../time/delta";
import { rowTime, type TimeFormat } from "../time/format";
import { copy } from "../toast/copy";
import { HighlightedText } from "../widgets/HighlightedText";
import { LevelBadge } from "../widgets/LevelBadge";

export interface EntryLineProps {
  entry: LogEntry;
  cutFrom: number | null;
  time: TimeFormat;
  now: number;
  open: boolean;
  selected: boolean;
  marked: boolean;
  /** Finds what is highlighted in the message. */
  highlight: RegExp | null;
  /** The time of the entry before, from which this one's is counted; null: it isn't. */
  since: string | null;
  onToggle: (id: string) => void;
}

const DRAG = 4;
/** Where the pointer was pressed last. */
let pressed = { x: 0, y: 0 };

/** Text that is being selected opens nothing, also where the browser has nothing selected in the end. */
function isPlainClick(event: React.MouseEvent): boolean {
  const hasPointer = event.detail > 0;
  const isDragged = hasPointer && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > DRAG;
  const selected = getSelection()?.toString() ?? "";
  return !isDragged && selected === "";
}

export const EntryLine = memo(function EntryLine(props: EntryLineProps) {
  const { entry, cutFrom, time, now, open, selected, marked, since } = props;
  const barred = entry.level === "warning" || isError(entry.level);
  return (
    <div
      role="row"
      className="row"
      data-level={entry.level}
      data-selected={selected || undefined}
      data-marked={marked || undefined}
      aria-expanded={open}
      aria-selected={selected}
      onPointerDown={(event) => {
        pressed = { x: event.clientX, y: event.clientY };
      }}
      onClick={(event) => {
        if (isPlainClick(event)) props.onToggle(entry.id);
      }}
    >
      <span className={`bar ${barred ? `fill-${entry.level}` : ""}`} role="presentation" />
      <span role="gridcell" className="time mono flex justify-between gap-2 text-faint" title={entry.timestamp}>
        {rowTime(entry.timestamp, time, now)}
        {since !== null && <span className="delta text-soft">{delta(since, entry.timestamp)}</span>}
      </span>
      <span role="gridcell" className="level">
        <LevelBadge level={entry.level} />
      </span>
      <span role="gridcell" className="app" title={`${entry.app_key} · ${entry.app_id}`}>
        {entry.app_key}
        <span className="text-faint"> · {entry.app_id}</span>
      </span>
      <span role="gridcell" className="category text-soft" title={entry.category}>
        {entry.category}
      </span>
      <span role="gridcell" className="message">
        <HighlightedText text={oneLine(entry.message)} highlight={props.highlight} />
        {cutFrom !== null && (
          <span className="ml-2 rounded bg-line px-1 text-2xs text-soft">{shortCount(cutFrom)} chars</span>
        )}
      </span>
      <span role="gridcell" className="trace">
        <button
          type="button"
          tabIndex={-1}
          className="mono rounded text-faint hover:text-accent"
          title={`Copy trace ${entry.trace_id}`}
          aria-label={`Copy trace ${entry.trace_id.slice(0, 6)}`}
          onClick={(event) => {
            event.stopPropagation();
            copy(entry.trace_id, "Trace ID");
          }}
        >
          {entry.trace_id.slice(0, 6)}
        </button>
      </span>
    </div>
  );
});
