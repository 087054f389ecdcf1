import { useCallback, useRef } from "react";
import { Details } from "../details/Details";
import type { Rows } from "../list/rows";
import { entryOf } from "../live/protocol";

/** The details of a row that is loaded. */
export function useDetails(rows: Rows): (id: string) => React.ReactNode {
  const latest = useRef(rows);
  latest.current = rows;
  return useCallback((id: string) => {
    const row = latest.current.at(latest.current.indexOf(id));
    return row?.kind === "entry" ? <Details key={id} entry={entryOf(row)} cutFrom={row.cutFrom} /> : null;
  }, []);
}
