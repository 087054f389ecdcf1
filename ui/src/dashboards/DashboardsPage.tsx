// The dashboards that a team shares: made, opened, renamed, deleted, and one of them where the page begins.
import { Plus } from "lucide-react";
import { useState } from "react";
import { AdminPage } from "../administration/AdminPage";
import { useAdminMutation } from "../administration/adminRequests";
import { NoneYet } from "../administration/NoneYet";
import { dashboardPath, useDashboardsQuery } from "../api/kept";
import { NamedRow } from "../team/NamedRow";
import { titleOf } from "../text/title";
import { announce } from "../toast/announce";
import type { KeptDashboard } from "../url/kept";
import { openDashboard } from "../url/openKept";
import type { PageName } from "../url/view";
import { ConfirmDialog } from "../widgets/ConfirmDialog";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { DashboardForm } from "./DashboardForm";

type OpenDialog = { form: "edit" | "delete"; kept: KeptDashboard } | { form: "new" } | null;

export default function DashboardsPage({ offered }: { offered: readonly PageName[] }) {
  const { data, error, retry } = useDashboardsQuery();
  const dashboards = data?.dashboards;
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const close = () => setDialog(null);
  const remove = useAdminMutation<undefined>(() => announce("Dashboard deleted"));
  return (
    <AdminPage
      page="dashboards"
      title="Dashboards"
      offered={offered}
      lead="Charts of what is logged, each placed by hand."
      action={
        <button
          type="button"
          className="button primary"
          disabled={dashboards === undefined}
          onClick={() => setDialog({ form: "new" })}
        >
          <Plus size={14} aria-hidden /> New dashboard…
        </button>
      }
    >
      {remove.error && <ErrorBanner error={remove.error} onRetry={remove.reset} />}
      {error && <ErrorBanner error={error} onRetry={retry} />}
      {dashboards && (
        <ul aria-label="Dashboards" className="divide-y divide-line rounded-lg border border-line">
          {dashboards.map((kept) => (
            <NamedRow
              key={kept.name}
              kind="dashboard"
              kept={kept}
              onOpen={() => openDashboard(kept)}
              onEdit={() => setDialog({ form: "edit", kept })}
              onDelete={() => setDialog({ form: "delete", kept })}
            >
              <span>{kept.panels.length === 1 ? "1 panel" : `${kept.panels.length} panels`}</span>
            </NamedRow>
          ))}
          {dashboards.length === 0 && (
            <NoneYet of="dashboards">A new one begins with what most logs can show; change it from there.</NoneYet>
          )}
        </ul>
      )}
      {dialog?.form === "new" && <DashboardForm kept={null} onClose={close} />}
      {dialog?.form === "edit" && <DashboardForm kept={dialog.kept} onClose={close} />}
      {dialog?.form === "delete" && (
        <ConfirmDialog
          title={`Delete dashboard ${titleOf(dialog.kept)}?`}
          action="Delete dashboard"
          onClose={close}
          onConfirm={() => {
            close();
            remove.mutate({ path: dashboardPath(dialog.kept.name), method: "DELETE" });
          }}
        >
          Links to it will lead nowhere. Entries are not affected.
        </ConfirmDialog>
      )}
    </AdminPage>
  );
}
