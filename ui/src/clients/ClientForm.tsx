import { useState } from "react";
import { messageOf, useAdminMutation } from "../administration/adminRequests";
import { isSlug, slugOf } from "../text/slug";
import { announce } from "../toast/announce";
import { Dialog } from "../widgets/Dialog";
import { FormFooter } from "../widgets/FormFooter";
import { TextField } from "../widgets/TextField";
import { CLIENTS_PATH, type Client, type ClientWithToken, clientPath } from "./client";

interface Props {
  /** The one to be renamed; absent for a new one. */
  client?: Client;
  onClose: () => void;
  onToken: (made: ClientWithToken) => void;
}

/** A new client, or another name for one. */
export function ClientForm({ client, onClose, onToken }: Props) {
  const [name, setName] = useState(client?.name ?? "");
  const [typedKey, setTypedKey] = useState<string | null>(null);
  const key = client?.app_key ?? typedKey ?? slugOf(name);
  const saving = useAdminMutation<ClientWithToken>((answer) => {
    onClose();
    if (client) announce(`Renamed to ${answer.name}`);
    else onToken(answer);
  });
  const isReady = name.trim() !== "" && isSlug(key) && !saving.isPending;
  const save = () => {
    if (client) saving.mutate({ path: clientPath(key), method: "PUT", body: { name: name.trim() } });
    else saving.mutate({ path: CLIENTS_PATH, method: "POST", body: { name: name.trim(), app_key: key } });
  };
  return (
    <Dialog title={client ? `Rename ${client.name}` : "New client"} open onClose={onClose} width="max-w-md">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) save();
        }}
      >
        <TextField label="Name" value={name} onChange={setName} />
        {!client && (
          <TextField
            label="Key"
            value={key}
            onChange={setTypedKey}
            hint="Lowercase letters, digits and hyphens. Every entry carries it as app_key."
          />
        )}
        <FormFooter
          message={messageOf(saving.error)}
          action={client ? "Rename" : "Create"}
          ready={isReady}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
