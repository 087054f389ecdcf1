// What changed in one respect, what matters most first.
import { type ReactNode, useState } from "react";
import type { Level } from "../entries/entry";
import { fullCount, shareText, shortCount } from "../text/count";
import { type Change, type ChangeKind, changeText } from "./changes";

interface Props {
  title: string;
  /** Beside the title. */
  picker?: ReactNode;
  changes: readonly Change[] | null;
  /** The totals of both sides where shares are compared; null where counts are. */
  totals: { current: number; baseline: number } | null;
  first: number;
  name: (value: string) => ReactNode;
  levelOf?: (value: string) => Level;
  estimated?: boolean | undefined;
  onChoose: (change: Change) => void;
}

const TAGS: Record<ChangeKind, { sign: string; className: string }> = {
  appeared: { sign: "+", className: "" },
  rose: { sign: "▲", className: "bg-transparent text-ink" },
  fell: { sign: "▼", className: "bg-transparent text-soft" },
  vanished: { sign: "−", className: "bg-line text-soft" },
  same: { sign: "=", className: "bg-transparent text-faint" },
};
type Names = Record<ChangeKind, string>;
/** Of what changed from one time to another, and of what differs between two filters. */
const OVER_TIME: Names = { appeared: "new", rose: "rose", fell: "fell", vanished: "gone", same: "same" };
const BETWEEN: Names = { appeared: "only here", rose: "more", fell: "less", vanished: "only there", same: "same" };

export function ChangeList(props: Props) {
  const { title, picker, changes, first, onChoose } = props;
  const [all, setAll] = useState(false);
  const changed = changes?.filter(({ kind }) => kind !== "same") ?? [];
  const same = (changes?.length ?? 0) - changed.length;
  const shown = all ? (changes ?? []) : changed.slice(0, first);
  const hidden = changed.length - Math.min(first, changed.length);
  return (
    <section aria-label={`What changed: ${title}`} className="min-w-0">
      <div className="mb-1 flex min-h-7 items-center justify-between gap-2">
        <h3 className="label">{title}</h3>
        {picker}
      </div>
      {changes === null && <div className="skeleton pulse h-16" />}
      {changes !== null && (
        <ol className="overflow-hidden rounded-lg border border-line">
          {shown.map((change) => (
            <ChangeLine key={change.value} change={change} list={props} onChoose={onChoose} />
          ))}
          {shown.length === 0 && (
            <li className="px-3 py-2 text-faint">{same === 0 ? "Nothing on either side" : "No difference"}</li>
          )}
        </ol>
      )}
      {(hidden > 0 || same > 0) && (
        <button type="button" className="mt-1 text-accent text-xs hover:underline" onClick={() => setAll(!all)}>
          {all ? "show fewer" : moreText(hidden, same, props.totals ? "alike" : "as before")}
        </button>
      )}
    </section>
  );
}

function moreText(hidden: number, same: number, unchanged: string): string {
  const parts = [hidden > 0 && `${fullCount(hidden)} more`, same > 0 && `${fullCount(same)} ${unchanged}`];
  return parts.filter(Boolean).join(" · ");
}

/** What the bars of both sides show. */
function sizes({ current, baseline }: Change, totals: Props["totals"]): [current: number, baseline: number] {
  return totals
    ? [current / Math.max(1, totals.current), baseline / Math.max(1, totals.baseline)]
    : [current, baseline];
}

function ChangeLine(props: { change: Change; list: Props; onChoose: (change: Change) => void }) {
  const { change, list, onChoose } = props;
  const { kind, value } = change;
  const tag = TAGS[kind];
  const [current, baseline] = sizes(change, list.totals);
  const most = Math.max(current, baseline) || 1;
  const written = list.totals ? shareText : shortCount;
  const level = list.levelOf?.(value);
  const estimated = list.estimated ? "≈ " : "";
  const limit = change.atMost ? "≤ " : estimated;
  return (
    <li className="border-line border-b last:border-b-0" data-kind={kind}>
      <button
        type="button"
        data-choice
        className="change hover:bg-panel"
        title={`${value}\n${limit}${fullCount(change.baseline)} → ${fullCount(change.current)}\nClick: look at these entries`}
        onClick={() => onChoose(change)}
      >
        <span className={`tag justify-self-start ${tag.className}`}>
          <span aria-hidden>{tag.sign} </span>
          {(list.totals ? BETWEEN : OVER_TIME)[kind]}
        </span>
        <span className="name min-w-0">{list.name(value)}</span>
        <span aria-hidden className="bars">
          <span className={level ? `fill-${level}` : "bg-accent"} style={{ width: `${(100 * current) / most}%` }} />
          <span className="bg-strong" style={{ width: `${(100 * baseline) / most}%` }} />
        </span>
        <span className="numbers whitespace-nowrap text-right tabular-nums">
          <span className="text-faint">
            {limit}
            {written(baseline)} →{" "}
          </span>
          <span className="font-medium">{written(current)}</span>
        </span>
        <span className="times whitespace-nowrap text-right font-medium tabular-nums">
          {(kind === "rose" || kind === "fell") && changeText(current, baseline)}
        </span>
      </button>
    </li>
  );
}
