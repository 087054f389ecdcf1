import { memo } from "react";
import { partsOf } from "../query/sought";

const MOST = 500;

/** A text with what was looked for standing out. */
export const SoughtText = memo(function SoughtText({ text, sought }: { text: string; sought: RegExp | null }) {
  if (sought === null) return text;
  return partsOf(text, sought, MOST).map((part, index) =>
    part.found ? <mark key={index}>{part.text}</mark> : part.text,
  );
});
