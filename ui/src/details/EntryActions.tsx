// What can be done with an entry as a whole: look at what belongs to it, and take it along.
import { Bookmark, ChevronDown, Copy, Layers, Link2, Route, UnfoldVertical } from "lucide-react";
import { useMemo } from "react";
import { fetchEnds } from "../api/entries";
import { address, type Endpoint } from "../api/request";
import { useEndpoint, useIsExtended } from "../api/server";
import type { LogEntry } from "../entries/entry";
import { withoutAnsi } from "../text/ansi";
import { copy } from "../toast/copy";
import { copyLink } from "../toast/copyLink";
import { entriesWith } from "../url/narrow";
import { navigate, useView } from "../url/navigation";
import { filterOf } from "../url/question";
import { withToggledMark } from "../url/view";
import { type MenuItem, PopupMenu } from "../widgets/PopupMenu";
import { curlOf } from "./curl";
import { stackTraceOf } from "./stackTrace";

interface Props {
  entry: LogEntry;
  /** As the server has it, where it was asked for. */
  json: string | undefined;
}

export function EntryActions({ entry, json }: Props) {
  const endpoint = useEndpoint();
  const extended = useIsExtended();
  const { marks } = useView();
  const stack = useMemo(() => stackTraceOf(entry), [entry]);
  return (
    <div className="flex flex-wrap gap-1.5">
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
          onClick={() => navigate(entriesWith("batch_id", entry.batch_id ?? ""))}
        >
          <Layers size={13} aria-hidden /> View batch
        </button>
      )}
      <button
        type="button"
        className="button small"
        title="A marked entry stays in view"
        onClick={() => navigate({ marks: withToggledMark(marks, entry.id) }, true)}
      >
        <Bookmark size={13} aria-hidden /> {marks.includes(entry.id) ? "Unmark" : "Mark"}
      </button>
      <button type="button" className="button small" onClick={() => copyLink(entry)}>
        <Link2 size={13} aria-hidden /> Copy link
      </button>
      {stack !== null && (
        <button type="button" className="button small" onClick={() => copy(stack, "Stack trace")}>
          <Copy size={13} aria-hidden /> Copy stack trace
        </button>
      )}
      <span className="flex">
        <button
          type="button"
          className="button small rounded-r-none!"
          onClick={() => copy(withoutAnsi(entry.message), "Message")}
        >
          <Copy size={13} aria-hidden /> Copy message
        </button>
        <PopupMenu
          label="Copy as"
          place="left-0 top-full mt-1.5 max-sm:left-auto max-sm:right-0"
          className="button small rounded-l-none! border-l-0! px-1!"
          items={copies(entry, json, endpoint)}
        >
          <ChevronDown size={13} aria-hidden />
        </PopupMenu>
      </span>
    </div>
  );
}

function copies(entry: LogEntry, json: string | undefined, endpoint: Endpoint): MenuItem[] {
  const curl = curlOf(address(endpoint, `/api/logs/${entry.id}`), endpoint.key !== "");
  return [
    { name: "Copy as JSON", act: () => copy(json ?? JSON.stringify(entry), "JSON") },
    { name: "Copy as cURL", act: () => copy(curl, "cURL") },
  ];
}

/** A trace from its first entry to its last, in the order in which it went; `endpoint`: whose ends can be asked for. */
async function viewTrace(endpoint: Endpoint | null, trace: string): Promise<void> {
  const entries = entriesWith("trace_id", trace);
  const ends = endpoint && (await fetchEnds(endpoint, filterOf(entries)).catch(() => null));
  const fitted = ends && { range: { from: ends[0].timestamp, to: ends[1].timestamp }, order: "asc" as const };
  navigate({ ...entries, ...fitted });
}
