import type { MoreRow } from "./rows";

/** The end of what is loaded: goes on by itself, or when asked. */
export function MoreLine({ row }: { row: MoreRow }) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the button in it is
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual list can't be those of a table
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
