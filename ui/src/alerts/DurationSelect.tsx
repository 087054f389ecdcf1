import { useId } from "react";
import { durationName } from "../time/duration";

const USUAL = ["1m", "5m", "15m", "30m", "1h", "4h", "12h", "24h", "7d"];

interface Props {
  label: string;
  value: string;
  /** What the empty value says; absent: there must be a span. */
  none?: string;
  /** A word before each span. */
  prefix?: string;
  onChange: (value: string) => void;
}

/** A span of time; one that is none of the usual ones stays among the choices. */
export function DurationSelect({ label, value, none, prefix = "", onChange }: Props) {
  const id = useId();
  const choices = value === "" || USUAL.includes(value) ? USUAL : [value, ...USUAL];
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <select id={id} className="field h-8!" value={value} onChange={(event) => onChange(event.target.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {prefix}
            {durationName(choice)}
          </option>
        ))}
      </select>
    </div>
  );
}
