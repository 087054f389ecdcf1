import type { ApiError } from "../api/request";

const BEFORE = 30;
const AFTER = 20;

/** Why a query is not understood, and where. */
export function QueryError({ id, q, error }: { id: string; q: string; error: ApiError }) {
  const characters = [...q]; // positions count characters, not the halves of those beyond the basic plane
  const at = error.position;
  const from = Math.max(0, (at ?? 0) - BEFORE);
  return (
    <div id={id} role="alert" className="popup absolute top-full mt-1 left-0 z-20 max-w-full px-3! py-2!">
      <p className="font-medium text-error">{error.reason ?? error.error}</p>
      {at !== null && (
        <p className="mono mt-1 truncate text-soft">
          {from > 0 && "…"}
          {characters.slice(from, at).join("")}
          <mark className="rounded-sm bg-error/20 text-error underline decoration-wavy">{characters[at] ?? "⎵"}</mark>
          {characters.slice(at + 1, at + AFTER).join("")}
        </p>
      )}
    </div>
  );
}
