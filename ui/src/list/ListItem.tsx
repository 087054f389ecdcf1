import type { ReactNode } from "react";
import { entryOf } from "../entries/row";
import type { TimeFormat } from "../time/format";
import type { Column } from "../url/table";
import { EntryLine } from "./EntryLine";
import { GapLine } from "./GapLine";
import { MoreLine } from "./MoreLine";
import type { ListRow } from "./rowSource";
import { SkeletonLine } from "./SkeletonLine";

interface Props {
  /** Undefined while it is being fetched. */
  row: ListRow | undefined;
  index: number;
  columns: readonly Column[];
  time: TimeFormat;
  now: number;
  open: boolean;
  selected: boolean;
  marked: boolean;
  pinned: boolean;
  highlight: RegExp | null;
  since: string | null;
  details: (id: string) => ReactNode;
  onToggle: (id: string) => void;
}

/** A row of any kind, with its details where it is open. */
export function ListItem({ row, index, details, ...line }: Props) {
  if (row === undefined) return <SkeletonLine index={index} columns={line.columns} />;
  switch (row.kind) {
    case "gap":
      return <GapLine gap={row} />;
    case "more":
      return <MoreLine row={row} />;
    case "entry":
      return (
        <>
          <EntryLine entry={entryOf(row)} cutFrom={row.cutFrom} {...line} />
          {line.open && details(row.id)}
        </>
      );
  }
}
