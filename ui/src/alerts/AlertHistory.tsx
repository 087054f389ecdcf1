import { alertPath, useKeptQuery } from "../api/kept";
import type { AlertRecord, KeptAlert } from "../api/responses";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { searchOf } from "../url/kept";
import { navigateTo } from "../url/navigation";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { groupText } from "./alert";

const OFTEN = 5000;

/** When it fired, and what became of each message, newest first. */
export function AlertHistory({ alert }: { alert: KeptAlert }) {
  const time = useTimeFormat();
  const { data, error, retry } = useKeptQuery<{ history: AlertRecord[] }>(alertPath(alert.name, "/history"), OFTEN);
  if (error) return <ErrorBanner error={error} onRetry={retry} />;
  if (data === null) return <p className="px-4 pb-3 text-faint">This alert was deleted.</p>;
  const history = data?.history;
  if (!history) return <p className="px-4 pb-3 text-faint">Loading…</p>;
  if (history.length === 0) return <p className="px-4 pb-3 text-faint">Nothing has happened yet.</p>;
  return (
    <ol aria-label={`History of ${alert.name}`} className="max-h-72 overflow-y-auto border-line border-t bg-panel py-1">
      {history.map((one) => (
        <li key={`${one.at} ${one.event} ${one.target ?? ""}`} className="flex flex-wrap gap-x-3 px-4 py-0.5">
          <span className="mono text-faint">{fullTime(one.at, time).slice(0, 19)}</span>
          <What record={one} />
          {one.entry && (
            <button
              type="button"
              className="text-accent hover:underline"
              onClick={() => navigateTo(entrySearch(alert, one))}
            >
              entry
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

const HALF_HOUR = 1_800_000;

/** What matched around that time, with the entry open. */
function entrySearch({ query }: KeptAlert, { at, entry }: AlertRecord): string {
  const moment = Date.parse(at);
  const range = {
    from: new Date(moment - HALF_HOUR).toISOString(),
    to: new Date(moment + HALF_HOUR).toISOString(),
  };
  return `${searchOf({ query, range })}&entry=${entry}`;
}

function What({ record }: { record: AlertRecord }) {
  const time = useTimeFormat();
  const { event, target, error, until, count } = record;
  const group = groupText(record.group);
  const which = [group, count === undefined ? "" : `count ${count}`].filter(Boolean).join(", ");
  switch (event) {
    case "firing":
      return <span className="font-medium text-error">Fired{which && ` (${which})`}</span>;
    case "resolved":
      return <span className="text-notice">Resolved{group && ` (${group})`}</span>;
    case "renotified":
      return <span>Said again{which && ` (${which})`}</span>;
    case "delivered":
      return <span className="min-w-0 break-all text-soft">Told {target}</span>;
    case "failed":
      return (
        <span className="min-w-0 break-words text-warning">
          Could not tell {target}: {error}
        </span>
      );
    case "gave_up":
      return (
        <span className="min-w-0 break-words text-error">
          Gave up telling {target}: {error}
        </span>
      );
    case "muted":
      return <span className="text-soft">Muted{until && ` until ${fullTime(until, time).slice(0, 16)}`}</span>;
    case "unmuted":
      return <span className="text-soft">Tells people again</span>;
  }
}
