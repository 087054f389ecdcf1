import type { MoreRow } from "./rowSource";

/** The end of what is loaded: goes on by itself, or when asked. */
export function MoreLine({ row }: { row: MoreRow }) {
  return (
    <div role="row" className="flex h-9 items-center justify-center text-faint">
      <span role="gridcell">
        {row.act ? (
          <button type="button" className="font-medium text-accent hover:underline" onClick={row.act}>
            {row.text}
          </button>
        ) : (
          row.text
        )}
      </span>
    </div>
  );
}
