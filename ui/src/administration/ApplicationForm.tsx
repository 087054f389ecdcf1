import { useState } from "react";
import { Dialog } from "../parts/Dialog";
import { SettingInput } from "../settings/SettingInput";
import { announce } from "../toast/announce";
import { keyFrom } from "./key";
import type { Application, ApplicationWithToken } from "./types";
import { faultOf, useOrder } from "./useAdministration";

/** A new application, or another name for one. */
export function ApplicationForm(props: {
  application?: Application;
  onClose: () => void;
  onToken: (made: ApplicationWithToken) => void;
}) {
  const { application, onClose, onToken } = props;
  const [name, setName] = useState(application?.name ?? "");
  const [typedKey, setTypedKey] = useState<string | null>(null);
  const key = application?.app_key ?? typedKey ?? keyFrom(name);
  const order = useOrder<ApplicationWithToken>((answer) => {
    onClose();
    if (application) announce(`Renamed to ${answer.name}`);
    else onToken(answer);
  });
  const ready = name.trim() !== "" && /^[a-z0-9][a-z0-9-]*$/.test(key);
  const submit = () =>
    application
      ? order.mutate({ path: `/api/clients/${encodeURIComponent(key)}`, method: "PUT", body: { name: name.trim() } })
      : order.mutate({ path: "/api/clients", method: "POST", body: { name: name.trim(), app_key: key } });
  return (
    <Dialog
      title={application ? `Rename ${application.name}` : "New application"}
      open
      onClose={onClose}
      width="max-w-md"
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !order.isPending) submit();
        }}
      >
        <SettingInput label="Name" value={name} onChange={setName} />
        {!application && (
          <SettingInput
            label="Key"
            value={key}
            onChange={setTypedKey}
            hint="Small letters, digits and hyphens. It stands in every entry as app_key."
          />
        )}
        {order.error && (
          <p role="alert" className="text-error">
            {faultOf(order.error)}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={!ready || order.isPending}>
            {application ? "Rename" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
