import { ChevronDown, ChevronRight, Pencil, Send, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { messageOf, useAdminMutation } from "../administration/adminRequests";
import { alertPath, isFiring } from "../api/kept";
import type { KeptAlert } from "../api/responses";
import { fullTime, since } from "../time/format";
import { useNow } from "../time/useNow";
import { useTimeFormat } from "../time/useTimeFormat";
import { queryText, searchOf } from "../url/kept";
import { navigateTo } from "../url/navigation";
import { IconButton } from "../widgets/IconButton";
import { Switch } from "../widgets/Switch";
import { AlertHistory } from "./AlertHistory";
import { inWords } from "./alert";
import { MuteMenu } from "./MuteMenu";
import { StateBadge } from "./StateBadge";

interface Props {
  alert: KeptAlert;
  onEdit: () => void;
  onDelete: () => void;
}

interface Tested {
  results: { target: string; delivered: boolean; error?: string }[];
}

export function AlertRow({ alert, onEdit, onDelete }: Props) {
  const { name } = alert;
  const details = useId();
  const [open, setOpen] = useState(false);
  const [tested, setTested] = useState<Tested | null>(null);
  const test = useAdminMutation<Tested>(setTested);
  const change = useAdminMutation<KeptAlert>(() => {});
  const fault = messageOf(test.error ?? change.error);
  const toggle = () =>
    change.mutate({ path: alertPath(name), method: "PUT", body: { ...alert, enabled: !alert.enabled } });
  return (
    <li className={`border-l-3 ${isFiring(alert) ? "border-l-error" : "border-l-transparent"}`}>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2 px-3 py-3">
        <div className="flex min-w-0 flex-1 basis-72 gap-3">
          <StateBadge alert={alert} />
          <div className="min-w-0">
            <p className="flex flex-wrap items-baseline gap-x-2">
              <span className="break-all font-medium text-sm">{name}</span>
              <Since alert={alert} />
            </p>
            <p className="text-soft">{inWords(alert)}</p>
            <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-faint text-xs">
              <button
                type="button"
                className="mono max-w-full truncate rounded bg-panel px-1.5 py-0.5 text-accent hover:underline"
                title="Show these entries"
                onClick={() => navigateTo(searchOf({ query: alert.query, range: "24h" }))}
              >
                {queryText(alert.query) || "everything"}
              </button>
              <Told targets={alert.targets} />
            </p>
            {alert.last_error && <p className="mt-1 break-words text-warning">{alert.last_error}</p>}
            {fault && (
              <p role="alert" className="mt-1 text-error">
                {fault}
              </p>
            )}
            {tested && <TestResult {...tested} />}
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-1">
          {alert.from_file ? (
            <span className="px-2 text-faint" title="It is changed in the file that ALERTS_CONFIG names">
              from a file
            </span>
          ) : (
            <Switch
              on={alert.enabled}
              label={`${name} is on`}
              words={["on", "off"]}
              disabled={change.isPending}
              onClick={toggle}
            />
          )}
          <IconButton
            icon={Send}
            label={`Test ${name}`}
            title="Send a message to every target now"
            disabled={test.isPending}
            onClick={() => test.mutate({ path: alertPath(name, "/test"), method: "POST" })}
          />
          <MuteMenu alert={alert} />
          {!alert.from_file && (
            <>
              <IconButton icon={Pencil} label={`Edit ${name}`} title="Edit" onClick={onEdit} />
              <IconButton icon={Trash2} label={`Delete ${name}`} title="Delete" onClick={onDelete} />
            </>
          )}
          <button
            type="button"
            className="button plain"
            aria-expanded={open}
            aria-controls={details}
            aria-label={`History of ${name}`}
            onClick={() => setOpen(!open)}
          >
            History {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
          </button>
        </div>
      </div>
      <div id={details}>{open && <AlertHistory alert={alert} />}</div>
    </li>
  );
}

function Since({ alert }: { alert: KeptAlert }) {
  const now = useNow(1000);
  const time = useTimeFormat();
  if (alert.state === "muted" && alert.muted_until) {
    return <span className="text-soft">until {fullTime(alert.muted_until, time).slice(0, 16)}</span>;
  }
  if (!alert.since) return null;
  return (
    <span className="text-error" title={fullTime(alert.since, time)}>
      {since(alert.since, now)}
    </span>
  );
}

function Told({ targets }: { targets: readonly string[] }) {
  if (targets.length === 0) return <span>tells nobody, only shown here</span>;
  return (
    <span className="min-w-0 max-w-full truncate" title={targets.join("\n")}>
      tells {targets.join(", ")}
    </span>
  );
}

function TestResult({ results }: Tested) {
  return (
    <div role="status" aria-label="Result of the test" className="mt-1">
      <ul>
        {results.map(({ target, delivered, error }) => (
          <li key={target} className={delivered ? "text-notice" : "text-error"}>
            {delivered ? `Delivered to ${target}` : `${target}: ${error ?? "not delivered"}`}
          </li>
        ))}
        {results.length === 0 && <li className="text-soft">It has no targets: nobody is told.</li>}
      </ul>
    </div>
  );
}
