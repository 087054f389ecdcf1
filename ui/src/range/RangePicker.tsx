// Which time is looked at: back from now, or between two moments of the viewer's zone.
import { Popover } from "@base-ui/react/popover";
import { ChevronDown, Clock } from "lucide-react";
import { useState } from "react";
import { zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { navigate } from "../url/useView";
import { LASTS, type Range } from "../url/view";
import { AbsoluteRange } from "./AbsoluteRange";
import { LAST_NAMES, rangeName } from "./names";

export function RangePicker({ range }: { range: Range }) {
  const [open, setOpen] = useState(false);
  const time = useTimeFormat();
  const zone = zoneOf(time);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="button max-w-64" aria-label={`Time range: ${rangeName(range, zone)}`}>
        <Clock size={14} aria-hidden className="shrink-0 text-faint" />
        <span className="truncate tabular-nums">{rangeName(range, zone)}</span>
        <ChevronDown size={12} aria-hidden className="shrink-0 text-faint" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="z-30">
          <Popover.Popup className="popup w-72 p-3!" aria-label="Time range">
            <div className="mb-3 grid grid-cols-2 gap-1">
              {LASTS.map((last) => (
                <button
                  key={last}
                  type="button"
                  aria-pressed={"last" in range && range.last === last}
                  className="button small justify-start! aria-pressed:border-accent aria-pressed:bg-wash"
                  onClick={() => {
                    setOpen(false);
                    navigate({ range: { last }, around: null });
                  }}
                >
                  {LAST_NAMES[last]}
                </button>
              ))}
            </div>
            <AbsoluteRange range={range} zone={zone} onDone={() => setOpen(false)} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
