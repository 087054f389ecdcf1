// What is deleted when: policies, a run on trial and for good, and what former runs did.
import { FlaskConical, Play, Plus } from "lucide-react";
import { useState } from "react";
import { Confirm } from "../parts/Confirm";
import { ErrorBanner } from "../parts/ErrorBanner";
import { announce } from "../toast/announce";
import type { PageName } from "../url/view";
import { AdminPage } from "./AdminPage";
import { PolicyForm } from "./PolicyForm";
import { PolicyRow } from "./PolicyRow";
import { RunResult } from "./RunResult";
import type { Policy, Run, RunLog } from "./types";
import { useAdminQuery, useOrder } from "./useAdministration";

type Doing =
  | { what: "create" }
  | { what: "edit" | "delete"; policy: Policy }
  | { what: "run"; policy: Policy | null }
  | null;

const pathOf = (policy: Policy) => `/api/retention/policies/${encodeURIComponent(policy.name)}`;
const runPath = (policy: Policy | null) => (policy ? `${pathOf(policy)}/run` : "/api/retention/run");

export default function RetentionPage({ offered }: { offered: readonly PageName[] }) {
  const policies = useAdminQuery<{ policies: Policy[] }>("/api/retention/policies");
  const log = useAdminQuery<RunLog>("/api/retention/log");
  const [doing, setDoing] = useState<Doing>(null);
  const [result, setResult] = useState<Run | null>(null);
  const run = useOrder<Run>(setResult);
  const remove = useOrder<undefined>(() => announce("Policy deleted"));
  const error = policies.error ?? log.error ?? run.error ?? remove.error;
  const list = policies.data?.policies ?? [];
  const runs = log.data?.runs ?? [];
  const dry = (policy: Policy | null) =>
    run.mutate({ path: runPath(policy), method: "POST", params: { dry_run: "1" }, body: { dry_run: true } });
  return (
    <AdminPage
      page="retention"
      title="Retention"
      offered={offered}
      lead="Which entries are deleted. All criteria of a policy must hold; days count from today, 00:00 UTC."
      action={
        <div className="flex flex-wrap gap-2">
          <button
            type="button"
            className="button"
            disabled={list.length === 0 || run.isPending}
            onClick={() => dry(null)}
          >
            <FlaskConical size={14} aria-hidden /> Dry run
          </button>
          <button
            type="button"
            className="button danger"
            disabled={list.length === 0 || run.isPending}
            onClick={() => setDoing({ what: "run", policy: null })}
          >
            <Play size={14} aria-hidden /> Run all
          </button>
          <button type="button" className="button primary" onClick={() => setDoing({ what: "create" })}>
            <Plus size={14} aria-hidden /> New policy
          </button>
        </div>
      }
    >
      {error && <ErrorBanner error={error} onRetry={() => Promise.all([policies.refetch(), log.refetch()])} />}
      {policies.data && (
        <section aria-label="Policies" className="divide-y divide-line rounded-lg border border-line">
          {list.map((policy) => (
            <PolicyRow
              key={policy.name}
              policy={policy}
              busy={run.isPending}
              onDry={() => dry(policy)}
              onRun={() => setDoing({ what: "run", policy })}
              onEdit={() => setDoing({ what: "edit", policy })}
              onDelete={() => setDoing({ what: "delete", policy })}
            />
          ))}
          {list.length === 0 && <p className="p-6 text-center text-soft">No policy: everything is kept.</p>}
        </section>
      )}
      {result && (
        <RunResult
          title={result.policies.some((one) => one.dry_run) ? "Dry run: nothing was deleted" : "Run"}
          run={result}
          fresh
        />
      )}
      {runs.length > 0 && (
        <section aria-label="Former runs" className="flex flex-col gap-2">
          <h3 className="label">Former runs</h3>
          {runs.map((one) => (
            <RunResult key={`${one.ran_at} ${one.total_pruned}`} run={one} />
          ))}
        </section>
      )}
      {(doing?.what === "create" || doing?.what === "edit") && (
        <PolicyForm policy={doing.what === "edit" ? doing.policy : null} onClose={() => setDoing(null)} />
      )}
      {doing?.what === "run" && (
        <Confirm
          title={doing.policy ? `Run ${doing.policy.name}?` : "Run all policies?"}
          action="Delete entries"
          onClose={() => setDoing(null)}
          onConfirm={() => {
            setDoing(null);
            run.mutate({ path: runPath(doing.policy), method: "POST" });
          }}
        >
          Entries are deleted for good. A dry run shows first how many.
        </Confirm>
      )}
      {doing?.what === "delete" && (
        <Confirm
          title={`Delete the policy ${doing.policy.name}?`}
          action="Delete the policy"
          onClose={() => setDoing(null)}
          onConfirm={() => {
            setDoing(null);
            remove.mutate({ path: pathOf(doing.policy), method: "DELETE" });
          }}
        >
          Entries are not touched.
        </Confirm>
      )}
    </AdminPage>
  );
}
