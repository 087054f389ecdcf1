import { useCallback, useRef } from "react";
import { entryOf } from "../entries/row";
import type { RowSource } from "../list/rowSource";
import { pathsOf } from "../query/completion";

const LOOKED_AT = 200;

/** The paths in the contexts of the newest entries, looked up when somebody writes a query. */
export function useContextPaths(rows: RowSource): () => Iterable<string> {
  const latest = useRef(rows);
  latest.current = rows;
  return useCallback(() => {
    const paths = new Set<string>();
    for (let index = 0; index < Math.min(LOOKED_AT, latest.current.count); index++) {
      const row = latest.current.at(index);
      if (row?.kind === "entry") for (const path of pathsOf(entryOf(row).context)) paths.add(path);
    }
    return paths;
  }, []);
}
