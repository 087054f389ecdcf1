// Looks for a text in what is loaded, row by row.
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import type { RowSource } from "../list/rowSource";
import { fullCount } from "../text/count";
import { IconButton } from "../widgets/IconButton";
import { finderOf, nextOf } from "./find";

export const FIND_ID = "find-box";

interface Props {
  text: string;
  rows: RowSource;
  /** The index of the chosen row, or -1. */
  chosen: number;
  onText: (text: string) => void;
  onChoose: (index: number) => void;
  onClose: () => void;
}

export function FindBar({ text, rows, chosen, onText, onChoose, onClose }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const finder = useMemo(() => finderOf(text), [text]);
  const found = useMemo(() => finder(rows), [finder, rows]);
  const go = (backwards: boolean) => {
    const next = found[nextOf(found, chosen, backwards)];
    if (next !== undefined) onChoose(next);
  };
  const at = found.indexOf(chosen);
  return (
    <search aria-label="Loaded entries" className="flex items-center gap-1 border-line border-b bg-panel px-3 py-1">
      <input
        ref={input}
        id={FIND_ID}
        className="field max-w-80"
        aria-label="Find in the loaded entries"
        placeholder="Find in the loaded entries"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey);
          else if (event.key === "Escape") onClose();
          else return;
          event.preventDefault();
        }}
      />
      <IconButton icon={ArrowUp} label="Previous one" size="small" disabled={!found.length} onClick={() => go(true)} />
      <IconButton icon={ArrowDown} label="Next one" size="small" disabled={!found.length} onClick={() => go(false)} />
      {text !== "" && (
        <span role="status" className="text-soft tabular-nums">
          {at >= 0 ? `${fullCount(at + 1)} of ${fullCount(found.length)}` : `${fullCount(found.length)} found`}
        </span>
      )}
      <span className="flex-1" />
      <IconButton icon={X} label="Close find" size="small" onClick={onClose} />
    </search>
  );
}
