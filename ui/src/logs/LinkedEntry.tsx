// An entry that a link names and that is not among the loaded rows. In a search its place is asked for and shown; where
// that leads nowhere, the entry stands above the list.
import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useState } from "react";
import { fetchEntry, fetchIndex } from "../api/entries";
import { useEndpoint } from "../api/server";
import { Details } from "../details/Details";
import { rowOf } from "../entries/row";
import type { ListHandle } from "../list/LogList";
import type { RowSource } from "../list/rowSource";
import { listParams, type Question } from "../url/question";

const PATIENCE = 2500;

interface Props {
  id: string;
  question: Question;
  rows: RowSource;
  list: RefObject<ListHandle | null>;
  highlight: RegExp | null;
}

export function LinkedEntry({ id, question, rows, list, highlight }: Props) {
  const endpoint = useEndpoint();
  const linked = useQuery({
    queryKey: ["linked", endpoint, id, question.kind, question.at],
    queryFn: async ({ signal }) => {
      const { entry, json } = await fetchEntry(endpoint, id, signal);
      const isSearch = question.kind === "search"; // other lists have no places that could be asked for
      const place = isSearch ? await fetchIndex(endpoint, entry, listParams(question), signal) : null;
      return { entry, place, size: json.length };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [given, setGiven] = useState(false);
  const place = linked.data?.place ?? null;
  useEffect(() => {
    if (place !== null && place < rows.count) list.current?.show(place, "third");
    const timer = setTimeout(() => setGiven(true), place === null ? 0 : PATIENCE);
    return () => clearTimeout(timer);
  }, [place, list, rows.count]);
  if (linked.error)
    return (
      <p className="border-line border-b px-4 py-2 text-soft">
        The linked entry was not found here. It may have been deleted.
      </p>
    );
  if (!linked.data || !given) return null;
  const row = rowOf(linked.data.entry);
  return (
    <div role="treegrid" aria-label="Linked entry" className="max-h-[60%] shrink-0 overflow-y-auto">
      <Details entry={linked.data.entry} cutFrom={row.cutFrom} highlight={highlight} />
    </div>
  );
}
