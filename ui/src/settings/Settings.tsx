// Where the server is, the keys, and how things are shown. Opens by itself, once, when the server refuses a key.
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { DEFAULTS, webSocketUrl } from "../config/config";
import { changeConfig, useConfig } from "../config/useConfig";
import { closeDialog, type Why } from "../state/dialogs";
import { Dialog } from "../widgets/Dialog";
import { TextField } from "../widgets/TextField";
import { Appearance } from "./Appearance";

export default function Settings({ why }: { why: Why }) {
  const config = useConfig();
  const client = useQueryClient();
  const [draft, setDraft] = useState(config);
  const key = useRef<HTMLInputElement>(null);
  const admin = useRef<HTMLInputElement>(null);
  const [elsewhere, setElsewhere] = useState(Boolean(config.apiUrl || config.wsUrl));
  const set = (name: "apiUrl" | "wsUrl" | "uiSecret" | "adminSecret") => (value: string) =>
    setDraft({ ...draft, [name]: value });
  const wrong = addressFault(draft.apiUrl, /^https?:$/) ?? addressFault(draft.wsUrl, /^wss?:$/);
  const save = () => {
    const { apiUrl, wsUrl, uiSecret, adminSecret } = draft;
    closeDialog();
    changeConfig({ apiUrl, wsUrl, uiSecret: uiSecret.trim(), adminSecret: adminSecret.trim() });
    client.resetQueries();
  };
  const disconnect = () => {
    closeDialog();
    const { apiUrl, wsUrl, uiSecret, adminSecret } = DEFAULTS;
    changeConfig({ apiUrl, wsUrl, uiSecret, adminSecret });
    client.clear();
    client.resetQueries();
  };
  const focus = why === "read" ? key : why === "admin" ? admin : undefined;
  return (
    <Dialog title="Settings" open onClose={closeDialog} {...(focus ? { initialFocus: focus } : {})}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) save();
        }}
      >
        {why && (
          <p role="alert" className="rounded-lg bg-wash px-3 py-2">
            {why === "read"
              ? config.uiSecret
                ? "The server refused the read key. Enter the right one."
                : "This server asks for a read key. It is the value of UI_SECRET."
              : "Managing applications and retention asks for the admin key, the value of ADMIN_SECRET."}
          </p>
        )}
        <TextField
          label="Read key"
          secret
          value={draft.uiSecret}
          onChange={set("uiSecret")}
          inputRef={key}
          hint="Kept in this browser. Empty if reading is open."
        />
        <TextField
          label="Admin key"
          secret
          value={draft.adminSecret}
          onChange={set("adminSecret")}
          inputRef={admin}
          hint="Only for applications and retention, when it differs from the read key."
        />
        {elsewhere ? (
          <>
            <TextField
              label="API URL"
              value={draft.apiUrl}
              onChange={set("apiUrl")}
              placeholder={location.origin}
              hint="Empty: the server this page comes from."
            />
            <TextField
              label="WebSocket URL"
              value={draft.wsUrl}
              onChange={set("wsUrl")}
              placeholder={wrong ? "" : webSocketUrl(draft, location.href)}
              hint="Empty: /ws beside the API."
            />
          </>
        ) : (
          <button type="button" className="self-start text-accent hover:underline" onClick={() => setElsewhere(true)}>
            Use another server …
          </button>
        )}
        {wrong && <p className="text-error">{wrong}</p>}
        <div className="flex justify-between gap-2">
          <button type="button" className="button danger" onClick={disconnect}>
            Disconnect
          </button>
          <button type="submit" className="button primary" disabled={wrong !== null}>
            Connect
          </button>
        </div>
      </form>
      <Appearance />
    </Dialog>
  );
}

function addressFault(text: string, protocol: RegExp): string | null {
  if (!text.trim()) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url && protocol.test(url.protocol)
    ? null
    : `${text} is not an address such as ${protocol.test("ws:") ? "wss" : "https"}://logs.example.com`;
}
