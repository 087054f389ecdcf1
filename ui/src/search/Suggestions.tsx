import type { Suggestion } from "../query/completion";
import { shortCount } from "../text/count";

/** What may be written at the caret; stands open while there is something to offer. */
export function Suggestions(props: {
  id: string;
  list: Suggestion[];
  chosen: number;
  onTake: (one: Suggestion) => void;
}) {
  const { id, list, chosen, onTake } = props;
  return (
    <div
      id={id}
      role="listbox"
      aria-label="Suggestions"
      className={
        list.length > 0 ? "popup absolute top-full mt-1 left-0 z-30 max-h-80 w-full max-w-lg overflow-y-auto" : "hidden"
      }
    >
      {list.map((one, index) => (
        <div
          key={one.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          className="item"
          ref={(element) => {
            if (index === chosen) element?.scrollIntoView({ block: "nearest" });
          }}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(one)}
        >
          <span className="mono min-w-0 flex-1 truncate">{one.text}</span>
          <span className="shrink-0 text-faint text-xs tabular-nums">
            {one.count === undefined ? one.hint : shortCount(one.count)}
          </span>
        </div>
      ))}
    </div>
  );
}
