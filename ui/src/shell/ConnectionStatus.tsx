// How the live stream is doing: a dot, a word, how many watch, and why not when it isn't.
import { useHealth } from "../api/server";
import { liveStream, useLive } from "../live/liveStream";
import type { Status } from "../live/workerProtocol";
import { openDialog } from "../state/dialogs";
import { useNow } from "../time/useNow";

/** Entries that wait for the database all the time where many arrive; more are told. */
const BEHIND = 50_000;

const DOTS: Record<Status["phase"], string> = {
  open: "bg-[light-dark(#16a34a,#4ade80)]",
  connecting: "bg-warning pulse",
  waiting: "bg-warning pulse",
  rejected: "bg-error",
  closed: "bg-faint",
};

export function ConnectionStatus() {
  const status = useLive((state) => state.status);
  return (
    <div
      role="status"
      aria-label="Connection"
      data-phase={status.phase}
      data-transport={status.transport}
      className="flex min-w-0 items-center gap-2 text-soft"
    >
      <span aria-hidden className={`size-2 shrink-0 rounded-full ${DOTS[status.phase]}`} />
      <Phase status={status} />
    </div>
  );
}

function Phase({ status }: { status: Status }) {
  switch (status.phase) {
    case "open":
      return <Open status={status} />;
    case "rejected":
      return (
        <button
          type="button"
          className="truncate font-medium text-error hover:underline"
          onClick={() => openDialog("settings", "read")}
        >
          Key rejected
        </button>
      );
    case "closed":
      return <span className="max-sm:hidden">Not live</span>;
    case "connecting":
    case "waiting":
      return <Reconnecting status={status} />;
  }
}

function Open({ status }: { status: Status }) {
  const cluster = useHealth()?.cluster;
  const following = useLive((state) => state.buffer.following);
  return (
    <span className="truncate">
      <span className="font-medium text-ink">{following ? "Live" : "Paused"}</span>
      {status.transport === "sse" && (
        <span title="WebSockets seem to be blocked: entries arrive as an event stream"> · event stream</span>
      )}
      {cluster && (
        <span
          className="max-xl:hidden"
          title={`Node ${cluster.node} of ${cluster.nodes.map(({ node }) => node).join(", ")}`}
        >
          {" "}
          · {cluster.node}
        </span>
      )}
      {cluster !== undefined && cluster.lag > BEHIND && (
        <span title="Entries that are accepted, and that searches wait for"> · {cluster.lag} behind</span>
      )}
      {status.viewers !== null && (
        <span className="tabular-nums">
          {" "}
          · {status.viewers}
          <span className="max-sm:sr-only"> {status.viewers === 1 ? "viewer" : "viewers"}</span>
        </span>
      )}
    </span>
  );
}

function Reconnecting({ status }: { status: Status }) {
  const now = useNow(500);
  const seconds = status.retryAt === null ? 0 : Math.ceil((status.retryAt - now) / 1000);
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="truncate">
        {status.reason ?? "Connecting"}
        {seconds > 0 && `, retrying in ${seconds} s`}
      </span>
      {seconds > 1 && (
        <button type="button" className="shrink-0 text-accent hover:underline" onClick={liveStream.retry}>
          now
        </button>
      )}
    </span>
  );
}
