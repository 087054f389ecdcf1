import { useState } from "react";
import { inputValue, momentOf } from "../time/zone";
import { navigate } from "../url/navigation";
import { fixedRange, type Range } from "../url/range";

interface Props {
  range: Range;
  zone: string | undefined;
  onDone: () => void;
}

/** Two moments, typed in the viewer's zone. */
export function AbsoluteRange({ range, zone, onDone }: Props) {
  const [from, setFrom] = useState(() => initial(range, zone, "from"));
  const [to, setTo] = useState(() => initial(range, zone, "to"));
  const start = typedMoment(from, zone);
  const end = typedMoment(to, zone);
  const wrong = start === null || end === null || (start !== "" && end !== "" && start > end);
  const apply = () => {
    navigate({ range: { from: start ?? "", to: end ?? "" }, around: null });
    onDone();
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) apply();
      }}
    >
      <label>
        <span className="mb-0.5 block text-soft text-xs">From</span>
        <input
          className="field tabular-nums"
          type="datetime-local"
          step="1"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label>
        <span className="mb-0.5 block text-soft text-xs">To</span>
        <input
          className="field tabular-nums"
          type="datetime-local"
          step="1"
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
      </label>
      <div className="flex items-center justify-between gap-2">
        <span className={`text-xs ${wrong ? "text-error" : "text-faint"}`}>
          {wrong ? "From must be before To" : (zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)}
        </span>
        <button type="submit" className="button primary" disabled={wrong}>
          Apply
        </button>
      </div>
    </form>
  );
}

/** ISO 8601; an empty text leaves that end open, and null is what is not understood. */
function typedMoment(text: string, zone: string | undefined): string | null {
  if (text === "") return "";
  const moment = momentOf(text, zone);
  return moment === null ? null : new Date(moment).toISOString();
}

function initial(range: Range, zone: string | undefined, end: "from" | "to"): string {
  const moment = fixedRange(range, Date.now())[end];
  return moment ? inputValue(Date.parse(moment), zone) : "";
}
