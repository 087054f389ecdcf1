// An entry in place: its whole message over the whole width, what can be done with it, its context, and every field with
// its actions.
import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { fetchEntry } from "../api/entries";
import { useEndpoint, useIsExtended } from "../api/server";
import type { LogEntry } from "../entries/entry";
import { shortCount } from "../text/count";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { ContextTree } from "./ContextTree";
import { EntryActions } from "./EntryActions";
import { FieldActions } from "./FieldActions";
import { Message } from "./Message";

const FIELDS = ["app_key", "app_id", "level", "category", "trace_id", "batch_id", "user_agent", "id"] as const;

interface Props {
  entry: LogEntry;
  cutFrom: number | null;
  highlight: RegExp | null;
}

/** Rendered when it changes, not with every row that the list shows while it scrolls. */
export const Details = memo(function Details({ entry: given, cutFrom, highlight }: Props) {
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
        <section aria-label={`Details of entry ${entry.id}`} className="flex flex-col gap-3 px-4 py-3 select-text">
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
          </div>
          <EntryActions entry={entry} json={whole.data?.json} />
          <div className="grid gap-x-8 gap-y-4 xl:grid-cols-[minmax(0,1fr)_minmax(18rem,29rem)]">
            {entry.context !== null && (
              <section aria-label="Context" className="min-w-0">
                <h3 className="label mb-1">Context</h3>
                <ContextTree value={entry.context} queryable={extended} />
              </section>
            )}
            <section aria-label="Fields" className={`min-w-0 ${entry.context === null ? "xl:col-span-2" : ""}`}>
              <h3 className="label mb-1">Fields</h3>
              <dl className={`gap-x-8 md:columns-2 ${entry.context === null ? "" : "xl:columns-1"}`}>
                <Field
                  name="timestamp"
                  value={entry.timestamp}
                  shown={fullTime(entry.timestamp, time)}
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
        </section>
      </div>
    </div>
  );
});

interface FieldProps {
  name: string;
  value: string | null;
  shown?: string;
  queryable: boolean;
}

function Field({ name, value, shown, queryable }: FieldProps) {
  if (value === null) return null;
  return (
    <div className="group flex min-h-6 break-inside-avoid items-start gap-2">
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
