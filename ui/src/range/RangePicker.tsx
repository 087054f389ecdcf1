// Which time is looked at: back from now, or between two moments of the viewer's zone.
import { ChevronDown, Clock } from "lucide-react";
import { zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { navigate } from "../url/navigation";
import { LASTS, type Range } from "../url/range";
import { Popup } from "../widgets/Popup";
import { AbsoluteRange } from "./AbsoluteRange";
import { lastName, rangeName } from "./rangeNames";

export function RangePicker({ range }: { range: Range }) {
  const time = useTimeFormat();
  const zone = zoneOf(time);
  const name = rangeName(range, zone);
  return (
    <Popup
      label={`Time range: ${name}`}
      title="Time range"
      className="button min-w-0 max-w-64"
      place="top-full right-0 mt-1.5 w-72 p-3! max-sm:right-auto max-sm:left-0"
      button={
        <>
          <Clock size={14} aria-hidden className="shrink-0 text-faint max-sm:hidden" />
          <span className="truncate tabular-nums">{name}</span>
          <ChevronDown size={12} aria-hidden className="shrink-0 text-faint" />
        </>
      }
    >
      {(close) => (
        <>
          <div className="mb-3 grid grid-cols-2 gap-1">
            {LASTS.map((last) => (
              <button
                key={last}
                type="button"
                aria-pressed={"last" in range && range.last === last}
                className="button choice small justify-start!"
                onClick={() => {
                  close();
                  navigate({ range: { last }, around: null });
                }}
              >
                {lastName(last)}
              </button>
            ))}
          </div>
          <AbsoluteRange range={range} zone={zone} onDone={close} />
        </>
      )}
    </Popup>
  );
}
