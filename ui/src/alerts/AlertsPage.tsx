// The alerts: what fires, since when, whom it tells, and what came of that.
import { Plus } from "lucide-react";
import { useState } from "react";
import { AdminPage } from "../administration/AdminPage";
import { useAdminMutation } from "../administration/adminRequests";
import { NoneYet } from "../administration/NoneYet";
import { alertPath, useAlertsQuery } from "../api/kept";
import type { KeptAlert } from "../api/responses";
import { announce } from "../toast/announce";
import type { PageName } from "../url/view";
import { ConfirmDialog } from "../widgets/ConfirmDialog";
import { ErrorBanner } from "../widgets/ErrorBanner";
import AlertForm from "./AlertForm";
import { AlertRow } from "./AlertRow";
import { byUrgency } from "./alert";

const OFTEN = 3000;

type OpenDialog = { form: "create" } | { form: "edit" | "delete"; alert: KeptAlert } | null;

export default function AlertsPage({ offered }: { offered: readonly PageName[] }) {
  const { data, error, retry } = useAlertsQuery(OFTEN);
  const alerts = data?.alerts;
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const close = () => setDialog(null);
  const remove = useAdminMutation<undefined>(() => announce("Alert deleted"));
  return (
    <AdminPage
      page="alerts"
      title="Alerts"
      offered={offered}
      lead="Who is told when something comes, comes too often, or fails to come."
      action={
        <button type="button" className="button primary" onClick={() => setDialog({ form: "create" })}>
          <Plus size={14} aria-hidden /> New alert
        </button>
      }
    >
      {remove.error && <ErrorBanner error={remove.error} onRetry={remove.reset} />}
      {error && <ErrorBanner error={error} onRetry={retry} />}
      {alerts && (
        <ul aria-label="Alerts" className="divide-y divide-line rounded-lg border border-line">
          {byUrgency(alerts).map((alert) => (
            <AlertRow
              key={alert.name}
              alert={alert}
              onEdit={() => setDialog({ form: "edit", alert })}
              onDelete={() => setDialog({ form: "delete", alert })}
            />
          ))}
          {alerts.length === 0 && (
            <NoneYet of="alerts">
              Filter the logs to what matters, then choose “Alert on this…” behind the bookmark.
            </NoneYet>
          )}
        </ul>
      )}
      {dialog?.form === "create" && <AlertForm alert={null} onClose={close} />}
      {dialog?.form === "edit" && <AlertForm alert={dialog.alert} onClose={close} />}
      {dialog?.form === "delete" && (
        <ConfirmDialog
          title={`Delete alert ${dialog.alert.name}?`}
          action="Delete alert"
          onClose={close}
          onConfirm={() => {
            close();
            remove.mutate({ path: alertPath(dialog.alert.name), method: "DELETE" });
          }}
        >
          Its state and history go with it. Entries are not affected.
        </ConfirmDialog>
      )}
    </AdminPage>
  );
}
