import type { ValueCount } from "../api/responses";
import { fullCount } from "../text/count";

/** Values with counts as lines of their share. */
export function BarList(props: {
  title: string;
  values: ValueCount[];
  total?: number;
  note?: string;
  levels?: boolean;
  onChoose?: (value: string) => void;
}) {
  const { title, values, total, note, levels, onChoose } = props;
  const most = Math.max(1, ...values.map(({ count }) => count));
  return (
    <section aria-label={title}>
      <h3 className="mb-2 flex items-baseline justify-between">
        <span className="label">{title}</span>
        <span className="tabular-nums">
          {note && <span className="mr-2 text-faint">{note}</span>}
          {total !== undefined && <span className="font-semibold">{fullCount(total)}</span>}
        </span>
      </h3>
      <ul className="flex flex-col gap-1.5">
        {values.map(({ value, count }) => (
          <li key={value} className="grid grid-cols-[1fr_auto] gap-x-3">
            {onChoose ? (
              <button
                type="button"
                className="truncate text-left hover:text-accent hover:underline"
                onClick={() => onChoose(value)}
              >
                {value}
              </button>
            ) : (
              <span className="truncate">{value}</span>
            )}
            <span className="text-soft tabular-nums">{fullCount(count)}</span>
            <span
              aria-hidden
              className={`col-span-2 h-1 rounded-full ${levels ? `fill-${value}` : "bg-accent/70"}`}
              style={{ width: `${(100 * count) / most}%`, minWidth: count > 0 ? 2 : 0 }}
            />
          </li>
        ))}
        {values.length === 0 && <li className="text-faint">none</li>}
      </ul>
    </section>
  );
}
