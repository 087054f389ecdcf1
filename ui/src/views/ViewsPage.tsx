// The views that a team shares: opened, renamed, deleted, put on a wall, and one of them where the page begins.
import { MonitorPlay } from "lucide-react";
import { useState } from "react";
import { AdminPage } from "../administration/AdminPage";
import { useAdminMutation } from "../administration/adminRequests";
import { NoneYet } from "../administration/NoneYet";
import { useDashboards, useViewsQuery, viewPath } from "../api/kept";
import { NamedRow } from "../team/NamedRow";
import { titleOf } from "../text/title";
import { announce } from "../toast/announce";
import type { KeptView } from "../url/kept";
import { openKept } from "../url/openKept";
import { showable } from "../url/shownOn";
import type { PageName } from "../url/view";
import { ConfirmDialog } from "../widgets/ConfirmDialog";
import { ErrorBanner } from "../widgets/ErrorBanner";
import ViewForm from "./ViewForm";
import { WallDialog } from "./WallDialog";

type OpenDialog = { form: "edit" | "delete"; kept: KeptView } | { form: "wall" } | null;

export default function ViewsPage({ offered }: { offered: readonly PageName[] }) {
  const { data, error, retry } = useViewsQuery();
  const views = data?.views;
  const all = showable(views ?? [], useDashboards() ?? []);
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const close = () => setDialog(null);
  const remove = useAdminMutation<undefined>(() => announce("View deleted"));
  return (
    <AdminPage
      page="views"
      title="Views"
      offered={offered}
      lead="What the team looks at: filters, range and columns under a name. Make one of any screen of the logs."
      action={
        <button
          type="button"
          className="button primary"
          disabled={all.length === 0}
          onClick={() => setDialog({ form: "wall" })}
        >
          <MonitorPlay size={14} aria-hidden /> Show on a wall…
        </button>
      }
    >
      {remove.error && <ErrorBanner error={remove.error} onRetry={remove.reset} />}
      {error && <ErrorBanner error={error} onRetry={retry} />}
      {views && (
        <ul aria-label="Views" className="divide-y divide-line rounded-lg border border-line">
          {views.map((kept) => (
            <NamedRow
              key={kept.name}
              kind="view"
              kept={kept}
              onOpen={() => openKept(kept)}
              onEdit={() => setDialog({ form: "edit", kept })}
              onDelete={() => setDialog({ form: "delete", kept })}
            />
          ))}
          {views.length === 0 && (
            <NoneYet of="views">
              Filter the logs to what your team should see, then choose “Share this view…” behind the bookmark.
            </NoneYet>
          )}
        </ul>
      )}
      {dialog?.form === "edit" && <ViewForm kept={dialog.kept} onClose={close} />}
      {dialog?.form === "wall" && <WallDialog all={all} onClose={close} />}
      {dialog?.form === "delete" && (
        <ConfirmDialog
          title={`Delete view ${titleOf(dialog.kept)}?`}
          action="Delete view"
          onClose={close}
          onConfirm={() => {
            close();
            remove.mutate({ path: viewPath(dialog.kept.name), method: "DELETE" });
          }}
        >
          Links to it will lead nowhere. Entries are not affected.
        </ConfirmDialog>
      )}
    </AdminPage>
  );
}
