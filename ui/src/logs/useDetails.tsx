import { useCallback, useRef } from "react";
import { Details } from "../details/Details";
import { entryOf } from "../entries/row";
import type { RowSource } from "../list/rowSource";

/** The details of a row that is loaded, with its matches highlighted. */
export function useDetails(rows: RowSource, highlight: RegExp | null): (id: string) => React.ReactNode {
  const latest = useRef(rows);
  latest.current = rows;
  return useCallback(
    (id: string) => {
      const row = latest.current.at(latest.current.indexOf(id));
      if (row?.kind !== "entry") return null;
      return <Details key={id} entry={entryOf(row)} cutFrom={row.cutFrom} highlight={highlight} />;
    },
    [highlight],
  );
}
