// The clients that may send entries: each with a key and a token, which is shown once.
import { Plus } from "lucide-react";
import { useState } from "react";
import { AdminPage } from "../administration/AdminPage";
import { useAdminMutation, useAdminQuery } from "../administration/adminRequests";
import { entryCount } from "../text/count";
import { announce } from "../toast/announce";
import type { PageName } from "../url/view";
import { ConfirmDialog } from "../widgets/ConfirmDialog";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { ClientForm } from "./ClientForm";
import { ClientRow } from "./ClientRow";
import { CLIENTS_PATH, type Client, type ClientWithToken, clientPath } from "./client";
import { TokenDialog } from "./TokenDialog";

type OpenDialog = { form: "create" } | { form: "rename" | "rotate" | "delete"; client: Client } | null;

export default function ClientsPage({ offered }: { offered: readonly PageName[] }) {
  const { data, error, refetch } = useAdminQuery<{ clients: Client[] }>(CLIENTS_PATH);
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const [withToken, setWithToken] = useState<ClientWithToken | null>(null);
  const close = () => setDialog(null);
  const rotate = useAdminMutation<ClientWithToken>((answer) => setWithToken(answer));
  const remove = useAdminMutation<{ deleted: string; logs_deleted: number }>(({ deleted, logs_deleted }) =>
    announce(`${deleted} deleted, with ${entryCount(logs_deleted)}`),
  );
  const change = useAdminMutation<Client>((answer) =>
    announce(`${answer.name} is ${answer.active ? "active" : "inactive"}`),
  );
  const fault = error ?? rotate.error ?? remove.error ?? change.error;
  return (
    <AdminPage
      page="clients"
      title="Clients"
      offered={offered}
      lead="Who may send entries. Clients authenticate every request with their key and token."
      action={
        <button type="button" className="button primary" onClick={() => setDialog({ form: "create" })}>
          <Plus size={14} aria-hidden /> New client
        </button>
      }
    >
      {fault && <ErrorBanner error={fault} onRetry={refetch} />}
      {data && (
        <div className="overflow-x-auto rounded-lg border border-line">
          <table className="w-full min-w-2xl">
            <thead>
              <tr className="border-line border-b bg-panel text-left">
                <th className="label px-3 py-2">Name</th>
                <th className="label px-3 py-2">Key</th>
                <th className="label px-3 py-2">Status</th>
                <th className="label px-3 py-2">Created</th>
                <th className="px-3 py-2">
                  <span className="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.clients.map((client) => (
                <ClientRow
                  key={client.app_key}
                  client={client}
                  onToggle={() =>
                    change.mutate({ path: clientPath(client.app_key), method: "PUT", body: { active: !client.active } })
                  }
                  onRename={() => setDialog({ form: "rename", client })}
                  onRotate={() => setDialog({ form: "rotate", client })}
                  onDelete={() => setDialog({ form: "delete", client })}
                />
              ))}
            </tbody>
          </table>
          {data.clients.length === 0 && (
            <p className="p-6 text-center text-soft">No clients yet. Create the first to let it send entries.</p>
          )}
        </div>
      )}
      {dialog?.form === "create" && <ClientForm onClose={close} onToken={setWithToken} />}
      {dialog?.form === "rename" && <ClientForm client={dialog.client} onClose={close} onToken={setWithToken} />}
      {dialog?.form === "rotate" && (
        <ConfirmDialog
          title={`New token for ${dialog.client.name}?`}
          action="Create new token"
          onClose={close}
          onConfirm={() => {
            close();
            rotate.mutate({ path: `${clientPath(dialog.client.app_key)}/rotate`, method: "POST" });
          }}
        >
          The old token stops working immediately: whatever still uses it can no longer send entries.
        </ConfirmDialog>
      )}
      {dialog?.form === "delete" && (
        <ConfirmDialog
          title={`Delete ${dialog.client.name}?`}
          action="Delete client and entries"
          onClose={close}
          onConfirm={() => {
            close();
            remove.mutate({ path: clientPath(dialog.client.app_key), method: "DELETE" });
          }}
        >
          This also deletes every entry that <span className="mono">{dialog.client.app_key}</span> has ever sent. It
          can't be undone.
        </ConfirmDialog>
      )}
      {withToken && <TokenDialog client={withToken} onClose={() => setWithToken(null)} />}
    </AdminPage>
  );
}
