// Where the server is, the keys, and how things are shown. Opens by itself, once, when the server rejects a key.
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { DEFAULTS, webSocketUrl } from "../config/config";
import { OWN_SERVER } from "../config/ownServer";
import { changeConfig, useConfig } from "../config/useConfig";
import { closeDialog, type Why } from "../state/dialogs";
import { Dialog } from "../widgets/Dialog";
import { TextField } from "../widgets/TextField";
import { Appearance } from "./Appearance";

export default function Settings({ why }: { why: Why }) {
  const config = useConfig();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(config);
  const readKey = useRef<HTMLInputElement>(null);
  const adminKey = useRef<HTMLInputElement>(null);
  const [isElsewhere, setElsewhere] = useState(Boolean(config.apiUrl || config.wsUrl));
  const set = (name: "apiUrl" | "wsUrl" | "uiSecret" | "adminSecret") => (value: string) =>
    setDraft({ ...draft, [name]: value });
  const fault = addressFault(draft.apiUrl, ["http:", "https:"]) ?? addressFault(draft.wsUrl, ["ws:", "wss:"]);
  const save = () => {
    const { apiUrl, wsUrl, uiSecret, adminSecret } = draft;
    closeDialog();
    changeConfig({ apiUrl, wsUrl, uiSecret: uiSecret.trim(), adminSecret: adminSecret.trim() });
    queries.resetQueries();
  };
  const disconnect = () => {
    const { apiUrl, wsUrl, uiSecret, adminSecret } = DEFAULTS;
    closeDialog();
    changeConfig({ apiUrl, wsUrl, uiSecret, adminSecret });
    queries.clear();
    queries.resetQueries();
  };
  const focused = { read: readKey, admin: adminKey };
  return (
    <Dialog title="Settings" settings open onClose={closeDialog} {...(why ? { initialFocus: focused[why] } : {})}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!fault) save();
        }}
      >
        {why && (
          <p role="alert" className="rounded-lg bg-wash px-3 py-2">
            {keyRequest(why, config.uiSecret)}
          </p>
        )}
        <TextField
          label="Read key"
          secret
          value={draft.uiSecret}
          onChange={set("uiSecret")}
          inputRef={readKey}
          hint="Stored in this browser. Leave empty if reading needs no key."
        />
        <TextField
          label="Admin key"
          secret
          value={draft.adminSecret}
          onChange={set("adminSecret")}
          inputRef={adminKey}
          hint="To change views, alerts, clients and retention. Leave empty if it is the same as the read key."
        />
        {isElsewhere ? (
          <>
            <TextField
              label="API URL"
              value={draft.apiUrl}
              onChange={set("apiUrl")}
              placeholder={OWN_SERVER}
              hint="Leave empty for the server this page came from."
            />
            <TextField
              label="WebSocket URL"
              value={draft.wsUrl}
              onChange={set("wsUrl")}
              placeholder={fault ? "" : webSocketUrl(draft, OWN_SERVER)}
              hint="Leave empty for /ws next to the API."
            />
          </>
        ) : (
          <button type="button" className="self-start text-accent hover:underline" onClick={() => setElsewhere(true)}>
            Use another server…
          </button>
        )}
        {fault && <p className="text-error">{fault}</p>}
        <div className="flex justify-between gap-2">
          <button type="button" className="button danger" onClick={disconnect}>
            Disconnect
          </button>
          <button type="submit" className="button primary" disabled={fault !== null}>
            Connect
          </button>
        </div>
      </form>
      <Appearance />
    </Dialog>
  );
}

function keyRequest(why: NonNullable<Why>, readKey: string): string {
  if (why === "admin")
    return "Changing what is kept on the server requires the admin key: the value of ADMIN_SECRET, which whoever runs the server has set.";
  if (readKey) return "The server rejected the read key. Enter the right one.";
  return "This server requires a read key: the value of UI_SECRET.";
}

/** The last of the protocols is the one to recommend. */
function addressFault(text: string, protocols: readonly string[]): string | null {
  if (!text.trim()) return null;
  if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return null;
  return `${text} is not a URL like ${protocols.at(-1)}//logs.example.com`;
}
