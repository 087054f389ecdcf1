const END = 8;
const SHORT = 14;

/** A text that is cut in its middle where there is too little room: names often differ at their end. */
export const MiddleCut = ({ text }: { text: string }) => middleCut(text);

/** The same as elements, for rows that are made by the hundred. */
export function middleCut(text: string) {
  if (text.length <= SHORT) return <span className="truncate">{text}</span>;
  return (
    <span className="middle-cut">
      <span>{text.slice(0, -END)}</span>
      <span>{text.slice(-END)}</span>
    </span>
  );
}
