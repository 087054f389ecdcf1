// The applications that may write: each with a key and a token, which is shown once.
import { Plus } from "lucide-react";
import { useState } from "react";
import { Confirm } from "../parts/Confirm";
import { ErrorBanner } from "../parts/ErrorBanner";
import { announce } from "../toast/announce";
import type { PageName } from "../url/view";
import { AdminPage } from "./AdminPage";
import { ApplicationForm } from "./ApplicationForm";
import { ApplicationRow } from "./ApplicationRow";
import { TokenShown } from "./TokenShown";
import type { Application, ApplicationWithToken } from "./types";
import { useAdminQuery, useOrder } from "./useAdministration";

type Doing = { what: "create" } | { what: "rename" | "rotate" | "delete"; application: Application } | null;

const pathOf = (application: Application) => `/api/clients/${encodeURIComponent(application.app_key)}`;

export default function ApplicationsPage({ offered }: { offered: readonly PageName[] }) {
  const { data, error, refetch } = useAdminQuery<{ clients: Application[] }>("/api/clients");
  const [doing, setDoing] = useState<Doing>(null);
  const [shown, setShown] = useState<ApplicationWithToken | null>(null);
  const rotate = useOrder<ApplicationWithToken>((answer) => setShown(answer));
  const remove = useOrder<{ deleted: string; logs_deleted: number }>(({ deleted, logs_deleted }) =>
    announce(`${deleted} deleted, with ${logs_deleted.toLocaleString("en")} entries`),
  );
  const change = useOrder<Application>((answer) =>
    announce(`${answer.name} is ${answer.active ? "active" : "inactive"}`),
  );
  const fault = rotate.error ?? remove.error ?? change.error;
  return (
    <AdminPage
      page="applications"
      title="Applications"
      offered={offered}
      lead="Who may send entries. Each sends its key and token with every request."
      action={
        <button type="button" className="button primary" onClick={() => setDoing({ what: "create" })}>
          <Plus size={14} aria-hidden /> New application
        </button>
      }
    >
      {(error ?? fault) && <ErrorBanner error={error ?? fault} onRetry={refetch} />}
      {data && (
        <div className="overflow-x-auto rounded-lg border border-line">
          <table className="w-full min-w-2xl">
            <thead>
              <tr className="border-line border-b bg-panel text-left">
                <th className="label px-3 py-2">Name</th>
                <th className="label px-3 py-2">Key</th>
                <th className="label px-3 py-2">State</th>
                <th className="label px-3 py-2">Created</th>
                <th className="px-3 py-2">
                  <span className="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.clients.map((application) => (
                <ApplicationRow
                  key={application.app_key}
                  application={application}
                  onToggle={() =>
                    change.mutate({ path: pathOf(application), method: "PUT", body: { active: !application.active } })
                  }
                  onDo={(what) => setDoing({ what, application })}
                />
              ))}
            </tbody>
          </table>
          {data.clients.length === 0 && (
            <p className="p-6 text-center text-soft">No application may write yet. Create the first one.</p>
          )}
        </div>
      )}
      {doing?.what === "create" && <ApplicationForm onClose={() => setDoing(null)} onToken={setShown} />}
      {doing?.what === "rename" && (
        <ApplicationForm application={doing.application} onClose={() => setDoing(null)} onToken={setShown} />
      )}
      {doing?.what === "rotate" && (
        <Confirm
          title={`New token for ${doing.application.name}?`}
          action="Make a new token"
          onClose={() => setDoing(null)}
          onConfirm={() => {
            setDoing(null);
            rotate.mutate({ path: `${pathOf(doing.application)}/rotate`, method: "POST" });
          }}
        >
          The old token is dead at once: what still uses it can't send any more.
        </Confirm>
      )}
      {doing?.what === "delete" && (
        <Confirm
          title={`Delete ${doing.application.name}?`}
          action="Delete it and its entries"
          onClose={() => setDoing(null)}
          onConfirm={() => {
            setDoing(null);
            remove.mutate({ path: pathOf(doing.application), method: "DELETE" });
          }}
        >
          All entries that <span className="mono">{doing.application.app_key}</span> ever sent are deleted with it. This
          can't be undone.
        </Confirm>
      )}
      {shown && <TokenShown application={shown} onClose={() => setShown(null)} />}
    </AdminPage>
  );
}
