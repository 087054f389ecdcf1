import { Copy } from "lucide-react";
import { copy } from "../toast/copy";
import { Dialog } from "../widgets/Dialog";
import type { ClientWithToken } from "./client";

/** A new token, the only time it can be seen. */
export function TokenDialog({ client, onClose }: { client: ClientWithToken; onClose: () => void }) {
  return (
    <Dialog title={`Token for ${client.name}`} open onClose={onClose}>
      <p>Copy it now: only its hash is stored, so it can't be shown again.</p>
      <div className="mt-3 flex items-center gap-2">
        <code
          className="mono min-w-0 flex-1 select-all break-all rounded-md border border-strong bg-panel px-2 py-1.5"
          data-testid="token"
        >
          {client.api_token}
        </code>
        <button type="button" className="button" onClick={() => copy(client.api_token, "Token")}>
          <Copy size={14} aria-hidden /> Copy
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className="mono mt-3 overflow-x-auto rounded-md bg-panel p-3 text-soft" tabIndex={0}>
        {`X-Api-Key: ${client.app_key}\nX-Api-Token: ${client.api_token}`}
      </pre>
      <div className="mt-4 flex justify-end">
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
