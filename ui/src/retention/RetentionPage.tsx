// What is deleted when: policies, dry and real runs, and what past runs did.
import { FlaskConical, Play, Plus } from "lucide-react";
import { useState } from "react";
import { AdminPage } from "../administration/AdminPage";
import { useAdminMutation, useAdminQuery } from "../administration/adminRequests";
import { announce } from "../toast/announce";
import type { PageName } from "../url/view";
import { ConfirmDialog } from "../widgets/ConfirmDialog";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { PolicyForm } from "./PolicyForm";
import { PolicyRow } from "./PolicyRow";
import { POLICIES_PATH, type Policy, policyPath } from "./policy";
import { RunResult } from "./RunResult";
import { isDry, type Run } from "./run";

type OpenDialog =
  | { form: "create" }
  | { form: "edit" | "delete"; policy: Policy }
  | { form: "run"; policy: Policy | null }
  | null;

/** Without a policy all are run. */
const runPath = (policy: Policy | null) => (policy ? `${policyPath(policy.name)}/run` : "/api/retention/run");

export default function RetentionPage({ offered }: { offered: readonly PageName[] }) {
  const policies = useAdminQuery<{ policies: Policy[] }>(POLICIES_PATH);
  const log = useAdminQuery<{ runs: Run[] }>("/api/retention/log");
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const [result, setResult] = useState<Run | null>(null);
  const close = () => setDialog(null);
  const run = useAdminMutation<Run>(setResult);
  const remove = useAdminMutation<undefined>(() => announce("Policy deleted"));
  const error = policies.error ?? log.error ?? run.error ?? remove.error;
  const list = policies.data?.policies ?? [];
  const runs = log.data?.runs ?? [];
  const dryRun = (policy: Policy | null) =>
    run.mutate({ path: runPath(policy), method: "POST", params: { dry_run: "1" }, body: { dry_run: true } });
  const canRun = list.length > 0 && !run.isPending;
  return (
    <AdminPage
      page="retention"
      title="Retention"
      offered={offered}
      lead="Which entries are deleted. An entry must meet every criterion of a policy; days count back from 00:00 UTC today."
      action={
        <div className="flex flex-wrap gap-2">
          <button type="button" className="button" disabled={!canRun} onClick={() => dryRun(null)}>
            <FlaskConical size={14} aria-hidden /> Dry run
          </button>
          <button
            type="button"
            className="button danger"
            disabled={!canRun}
            onClick={() => setDialog({ form: "run", policy: null })}
          >
            <Play size={14} aria-hidden /> Run all
          </button>
          <button type="button" className="button primary" onClick={() => setDialog({ form: "create" })}>
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
              onDryRun={() => dryRun(policy)}
              onRun={() => setDialog({ form: "run", policy })}
              onEdit={() => setDialog({ form: "edit", policy })}
              onDelete={() => setDialog({ form: "delete", policy })}
            />
          ))}
          {list.length === 0 && <p className="p-6 text-center text-soft">No policies: everything is kept.</p>}
        </section>
      )}
      {result && (
        <RunResult title={isDry(result) ? "Dry run: nothing was deleted" : "Run finished"} run={result} fresh />
      )}
      {runs.length > 0 && (
        <section aria-label="Past runs" className="flex flex-col gap-2">
          <h3 className="label">Past runs</h3>
          {runs.map((one) => (
            <RunResult key={`${one.ran_at} ${one.total_pruned}`} run={one} />
          ))}
        </section>
      )}
      {dialog?.form === "create" && <PolicyForm policy={null} onClose={close} />}
      {dialog?.form === "edit" && <PolicyForm policy={dialog.policy} onClose={close} />}
      {dialog?.form === "run" && (
        <ConfirmDialog
          title={dialog.policy ? `Run ${dialog.policy.name}?` : "Run all policies?"}
          action="Delete entries"
          onClose={close}
          onConfirm={() => {
            close();
            run.mutate({ path: runPath(dialog.policy), method: "POST" });
          }}
        >
          Entries are deleted permanently. Do a dry run first to see how many.
        </ConfirmDialog>
      )}
      {dialog?.form === "delete" && (
        <ConfirmDialog
          title={`Delete policy ${dialog.policy.name}?`}
          action="Delete policy"
          onClose={close}
          onConfirm={() => {
            close();
            remove.mutate({ path: policyPath(dialog.policy.name), method: "DELETE" });
          }}
        >
          Entries are not affected.
        </ConfirmDialog>
      )}
    </AdminPage>
  );
}
