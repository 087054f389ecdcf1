import type { LogEntry } from "../entries/entry";
import type { RowSource } from "../list/rowSource";
import { useAroundRows } from "../list/useAroundRows";
import { useLiveRows } from "../list/useLiveRows";
import { useSearchRows } from "../list/useSearchRows";
import type { Question } from "../url/question";

/** The rows that answer a question, and the entry in their middle where it asks for surroundings. */
export function useRows(question: Question): { rows: RowSource; centre: LogEntry | null } {
  const live = useLiveRows(question);
  const search = useSearchRows(question);
  const around = useAroundRows(question.around, question.order);
  return { rows: { live, search, around }[question.kind], centre: around.entry };
}
