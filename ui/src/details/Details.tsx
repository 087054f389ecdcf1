// An entry in place: whole message, context, every field with its actions, and the ways to what belongs to it.
import { useQuery } from "@tanstack/react-query";
import { Braces, Layers, Link2, Route, UnfoldVertical } from "lucide-react";
import { fetchEnds, fetchEntry } from "../api/entries";
import type { Endpoint } from "../api/request";
import { useEndpoint, useIsExtended } from "../api/server";
import type { LogEntry } from "../entries/entry";
import { shortCount } from "../text/count";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { copy } from "../toast/copy";
import { copyLink } from "../toast/copyLink";
import { withValues } from "../url/filters";
import { navigate } from "../url/navigation";
import { filterOf } from "../url/question";
import { ContextTree } from "./ContextTree";
import { FieldActions } from "./FieldActions";
import { Message } from "./Message";

const FIELDS = ["app_key", "app_id", "level", "category", "trace_id", "batch_id", "user_agent", "id"] as const;

const EVERYTHING = { q: "", filters: {}, range: { last: "all" }, entry: null, around: null } as const;

interface Props {
  entry: LogEntry;
  cutFrom: number | null;
  highlight: RegExp | null;
}

export function Details({ entry: given, cutFrom, highlight }: Props) {
  const endpoint = useEndpoint();
  const extended = useIsExtended();
  const time = useTimeFormat();
  const whole = useQuery({
    queryKey: ["entry", endpoint, given.id],
    queryFn: ({ signal }) => fetchEntry(endpoint, given.id, signal),
    enabled: cutFrom !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
  });
  const entry = whole.data?.entry ?? given;
  return (
    <div role="row" className="border-line border-y bg-panel">
      <div role="gridcell">
        <section
          aria-label={`Details of entry ${entry.id}`}
          className="grid gap-4 px-4 py-3 select-text xl:grid-cols-[minmax(0,1fr)_minmax(18rem,29rem)]"
        >
          <div className="min-w-0">
            <Message text={entry.message} highlight={highlight} />
            {cutFrom !== null && !whole.data && (
              <p className="mt-2 text-soft">
                {whole.error
                  ? "The whole entry couldn't be loaded. "
                  : `Loading all ${shortCount(cutFrom)} characters… `}
                {whole.error && (
                  <button type="button" className="text-accent hover:underline" onClick={() => whole.refetch()}>
                    Try again
                  </button>
                )}
              </p>
            )}
            <div className="mt-3 flex flex-wrap gap-1.5">
              <button
                type="button"
                className="button small"
                onClick={() => navigate({ around: entry.id, entry: null })}
                disabled={!extended}
              >
                <UnfoldVertical size={13} aria-hidden /> Around this entry
              </button>
              <button
                type="button"
                className="button small"
                onClick={() => viewTrace(extended ? endpoint : null, entry.trace_id)}
              >
                <Route size={13} aria-hidden /> View trace
              </button>
              {entry.batch_id && (
                <button
                  type="button"
                  className="button small"
                  onClick={() =>
                    navigate({ ...EVERYTHING, filters: withValues({}, "batch_id", [entry.batch_id ?? ""]) })
                  }
                >
                  <Layers size={13} aria-hidden /> View batch
                </button>
              )}
              <button type="button" className="button small" onClick={() => copyJson(entry, whole.data?.json)}>
                <Braces size={13} aria-hidden /> Copy JSON
              </button>
              <button type="button" className="button small" onClick={() => copyLink(entry)}>
                <Link2 size={13} aria-hidden /> Copy link
              </button>
            </div>
            {entry.context !== null && (
              <section aria-label="Context" className="mt-4">
                <h3 className="label mb-1">Context</h3>
                <ContextTree value={entry.context} queryable={extended} />
              </section>
            )}
          </div>
          <dl className="min-w-0 gap-x-6 self-start md:max-xl:columns-2">
            <Field
              name="timestamp"
              value={entry.timestamp}
              shown={`${fullTime(entry.timestamp, time)}`}
              queryable={extended}
            />
            {FIELDS.map((name) => (
              <Field key={name} name={name} value={entry[name]} queryable={extended} />
            ))}
            <Field
              name="created_at"
              value={entry.created_at}
              shown={fullTime(entry.created_at, time)}
              queryable={false}
            />
          </dl>
        </section>
      </div>
    </div>
  );
}

function Field({
  name,
  value,
  shown,
  queryable,
}: {
  name: string;
  value: string | null;
  shown?: string;
  queryable: boolean;
}) {
  if (value === null) return null;
  return (
    <div className="group flex min-h-6 items-start gap-2">
      <dt className="w-20 shrink-0 text-faint text-xs leading-6">{name}</dt>
      <dd className="mono min-w-0 flex-1 break-words leading-6" title={value}>
        {shown ?? value}
      </dd>
      <dd>
        <FieldActions path={[name]} value={value} queryable={queryable} />
      </dd>
    </div>
  );
}

/** A trace from its first entry to its last, in the order in which it went; `endpoint`: whose ends can be asked for. */
async function viewTrace(endpoint: Endpoint | null, trace: string): Promise<void> {
  const filters = withValues({}, "trace_id", [trace]);
  const ends = endpoint && (await fetchEnds(endpoint, filterOf({ q: "", filters })).catch(() => null));
  const fitted = ends && { range: { from: ends[0].timestamp, to: ends[1].timestamp }, order: "asc" as const };
  navigate({ ...EVERYTHING, filters, ...fitted });
}

function copyJson(entry: LogEntry, json: string | undefined): void {
  copy(json ?? JSON.stringify(entry), "JSON");
}
