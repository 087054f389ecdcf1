import { TriangleAlert } from "lucide-react";
import { ApiError } from "../api/request";
import { openDialog } from "../state/dialogs";

/** What went wrong, in the server's words, and a way on. */
export function ErrorBanner({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const api = error instanceof ApiError ? error : null;
  const isRejected = api?.status === 401;
  const isUnreachable = api?.status === 0;
  const message = api ? api.error : "Something went wrong";
  const reason = api ? api.reason : String(error);
  return (
    <div
      role="alert"
      className="m-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-error/40 bg-error/8 px-3 py-2"
    >
      <TriangleAlert size={16} className="text-error" aria-hidden />
      <div className="min-w-0 flex-1">
        <span className="font-medium">{isRejected ? "The server rejected the key" : message}</span>
        {!isRejected && <span className="text-soft"> {reason}</span>}
      </div>
      {(isRejected || isUnreachable) && (
        <button
          type="button"
          className="button small"
          onClick={() => openDialog("settings", isRejected ? "read" : null)}
        >
          Settings
        </button>
      )}
      <button type="button" className="button small" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
