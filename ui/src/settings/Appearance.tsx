import { PAGE_SIZES, type Theme, type TimeMode } from "../config/config";
import { changeConfig, useConfig } from "../config/useConfig";
import { isZone } from "../time/format";

const TIMES: [TimeMode, string][] = [
  ["local", "Local time"],
  ["utc", "UTC"],
  ["zone", "Another time zone"],
  ["relative", "Relative"],
];
const THEMES: [Theme, string][] = [
  ["system", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** What is applied at once: times, theme, page size. */
export function Appearance() {
  const config = useConfig();
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <section aria-label="Appearance" className="mt-5 grid grid-cols-2 gap-3 border-line border-t pt-4">
      <SelectField
        label="Times"
        value={config.time}
        options={TIMES}
        onChange={(time) => changeConfig({ time: time as TimeMode })}
      />
      <SelectField
        label="Theme"
        value={config.theme}
        options={THEMES}
        onChange={(theme) => changeConfig({ theme: theme as Theme })}
      />
      {config.time === "zone" && (
        <label>
          <span className="mb-1 block font-medium">Time zone</span>
          <input
            className="field h-8!"
            list="zones"
            defaultValue={config.zone}
            onChange={({ target }) => {
              if (isZone(target.value)) changeConfig({ zone: target.value });
            }}
          />
          <datalist id="zones">
            {zones.map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </label>
      )}
      <SelectField
        label="Page size"
        value={String(config.pageSize)}
        options={PAGE_SIZES.map((size) => [String(size), `${size} entries`])}
        onChange={(size) => changeConfig({ pageSize: Number(size) })}
      />
    </section>
  );
}

function SelectField(props: {
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
}) {
  return (
    <label>
      <span className="mb-1 block font-medium">{props.label}</span>
      <select className="field h-8!" value={props.value} onChange={(event) => props.onChange(event.target.value)}>
        {props.options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
