import { Copy } from "lucide-react";
import { Dialog } from "../parts/Dialog";
import { copy } from "../toast/copy";
import type { ApplicationWithToken } from "./types";

/** A new token, for the only time it can be seen. */
export function TokenShown({ application, onClose }: { application: ApplicationWithToken; onClose: () => void }) {
  return (
    <Dialog title={`Token of ${application.name}`} open onClose={onClose}>
      <p>Copy it now. It is kept as a hash only and can't be shown again.</p>
      <div className="mt-3 flex items-center gap-2">
        <code
          className="mono min-w-0 flex-1 select-all break-all rounded-md border border-strong bg-panel px-2 py-1.5"
          data-testid="token"
        >
          {application.api_token}
        </code>
        <button type="button" className="button" onClick={() => copy(application.api_token, "Token")}>
          <Copy size={14} aria-hidden /> Copy
        </button>
      </div>
      <pre className="mono mt-3 overflow-x-auto rounded-md bg-panel p-3 text-soft" tabIndex={0}>
        {`X-Api-Key: ${application.app_key}\nX-Api-Token: ${application.api_token}`}
      </pre>
      <div className="mt-4 flex justify-end">
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
