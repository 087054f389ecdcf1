// The bottom line: how much matches, how fast it arrives, and where one is.
import { ChartNoAxesColumn, Eraser } from "lucide-react";
import { entryOf } from "../entries/row";
import { liveStream, useLive } from "../live/liveStream";
import { fullCount } from "../text/count";
import { ago } from "../time/format";
import { useNow } from "../time/useNow";
import { navigate } from "../url/navigation";
import { IconButton } from "../widgets/IconButton";

interface Props {
  live: boolean;
  total: number | null;
  pager: React.ReactNode;
  order: React.ReactNode;
  table: React.ReactNode;
  highlights: React.ReactNode;
}

export function StatusBar({ live, total, pager, order, table, highlights }: Props) {
  const rate = useLive((state) => state.rate);
  return (
    <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 max-sm:gap-x-1 border-line border-t bg-panel px-3 py-1 text-soft tabular-nums">
      {total !== null && (
        <span data-testid="total">
          <span className="font-medium text-ink">{fullCount(total)}</span>
          <span className="max-sm:sr-only"> {total === 1 ? "match" : "matches"}</span>
        </span>
      )}
      {live && <span>{rateText(rate)}/s</span>}
      {live && <Newest />}
      {pager}
      {order}
      <span className="ml-auto flex items-center gap-1">
        {highlights}
        {table}
        {live && <IconButton icon={Eraser} label="Clear live list" size="small" onClick={liveStream.clear} />}
        <IconButton
          icon={ChartNoAxesColumn}
          label="Statistics"
          size="small"
          onClick={() => navigate({ statistics: true })}
        />
      </span>
    </footer>
  );
}

function rateText(rate: number): string {
  return rate > 0 && rate < 10 ? rate.toFixed(1) : fullCount(Math.round(rate));
}

function Newest() {
  const now = useNow(1000);
  const row = useLive((state) => state.buffer.backlog[0] ?? state.buffer.rows[0]);
  if (row?.kind !== "entry") return null;
  const moment = Date.parse(entryOf(row).timestamp);
  const isNow = Math.abs(now - moment) < 1000;
  return <span className="max-sm:hidden">newest {isNow ? "just now" : ago(moment, now)}</span>;
}
