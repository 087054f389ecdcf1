import { entryCount, fullCount } from "../text/count";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { isDry, type Run } from "./run";

interface Props {
  run: Run;
  /** In the place of its time. */
  title?: string;
  /** Whether it was run just now. */
  fresh?: boolean;
}

/** What a run did, policy by policy. */
export function RunResult({ run, title, fresh }: Props) {
  const time = useTimeFormat();
  return (
    <section
      aria-label={title ?? `Run of ${run.ran_at}`}
      role={fresh ? "status" : undefined}
      className={`rounded-lg border px-3 py-2 ${fresh ? "border-accent/50 bg-wash" : "border-line"}`}
    >
      <div className="flex flex-wrap justify-between gap-2">
        <span className="font-medium">{title ?? fullTime(run.ran_at, time).slice(0, 19)}</span>
        <span className="tabular-nums">
          {fullCount(run.total_pruned)} {isDry(run) ? "would be deleted" : "deleted"}
        </span>
      </div>
      <ul className="mt-1 text-soft">
        {run.policies.map((one) => (
          <li key={one.policy}>
            <span className="text-ink">{one.policy}</span>:{" "}
            {one.error ? <span className="text-error">{one.error}</span> : one.summary || entryCount(one.pruned)}
            {one.warnings?.map((warning) => (
              <span key={warning} className="block text-warning">
                {warning}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
