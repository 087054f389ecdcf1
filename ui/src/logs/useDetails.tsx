import { useCallback, useRef } from "react";
import { Details } from "../details/Details";
import { entryOf } from "../entries/row";
import type { Rows } from "../list/rows";

/** The details of a row that is loaded, with what is sought standing out. */
export function useDetails(rows: Rows, sought: RegExp | null): (id: string) => React.ReactNode {
  const latest = useRef(rows);
  latest.current = rows;
  return useCallback(
    (id: string) => {
      const row = latest.current.at(latest.current.indexOf(id));
      if (row?.kind !== "entry") return null;
      return <Details key={id} entry={entryOf(row)} cutFrom={row.cutFrom} sought={sought} />;
    },
    [sought],
  );
}
