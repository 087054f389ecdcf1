import type { Stats } from "../api/responses";
import { SEVERE_FIRST } from "../entries/entry";
import { fullCount, shortCount } from "../text/count";
import { MiddleCut } from "../widgets/MiddleCut";
import { type Asked, type Panel, panelTitle, searchBehind } from "./dashboard";
import { EntriesLink } from "./EntriesLink";
import { Unread } from "./PanelChart";
import { PanelNote } from "./PanelNote";

interface Props {
  panel: Panel;
  asked: Asked;
  stats: Stats;
}

/** The most frequent values of a field, or all levels, as lines of their share. */
export function PanelValues({ panel, asked, stats }: Props) {
  const isLevels = panel.kind === "levels";
  const field = isLevels ? "level" : (panel.field ?? "");
  const values = isLevels
    ? SEVERE_FIRST.map((level) => ({ value: level, count: stats.by_level[level] })).filter(({ count }) => count > 0)
    : (stats.split?.values ?? []);
  if (values.length === 0) return <PanelNote>{stats.total === 0 ? "No entries" : "No entry has this field"}</PanelNote>;
  const most = Math.max(...values.map(({ count }) => count));
  return (
    <>
      <ul aria-label={panelTitle(panel)} className="-mx-1 min-h-0 flex-1 overflow-y-auto">
        {values.map(({ value, count }) => (
          <li key={value}>
            <EntriesLink
              search={searchBehind(asked, { field, value })}
              className="group/line grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 rounded-md px-1 pb-1.5 hover:bg-panel"
              title={`${value || "(empty)"}: ${fullCount(count)}`}
            >
              <span className="flex min-w-0 group-hover/line:text-accent">
                <MiddleCut text={value || "(empty)"} />
              </span>
              <span className="text-soft tabular-nums">{shortCount(count)}</span>
              <span
                aria-hidden
                className={`col-span-2 h-1 rounded-full ${field === "level" ? `fill-${value}` : "bg-accent/70"}`}
                style={{ width: `${(100 * count) / most}%`, minWidth: 2 }}
              />
            </EntriesLink>
          </li>
        ))}
      </ul>
      {!isLevels && <Rest stats={stats} />}
    </>
  );
}

/** How many entries have other values, or none: the list is not all there is. */
function Rest({ stats }: { stats: Stats }) {
  const { rest, absent, unread } = stats.split ?? { rest: { count: 0 }, absent: { count: 0 }, unread: 0 };
  const parts = [
    rest.count > 0 ? `${shortCount(rest.count)} others` : "",
    absent.count > 0 ? `${shortCount(absent.count)} without` : "",
  ].filter(Boolean);
  return (
    <>
      {parts.length > 0 && <p className="shrink-0 pt-1 text-2xs text-faint">{parts.join(" · ")}</p>}
      <Unread count={unread} />
    </>
  );
}
