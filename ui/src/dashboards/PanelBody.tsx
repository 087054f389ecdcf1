import { ApiError } from "../api/request";
import { type Asked, askedBy, type Panel } from "./dashboard";
import { CountsChart, MetricChart } from "./PanelChart";
import { PanelNote } from "./PanelNote";
import { PanelNumber } from "./PanelNumber";
import { PanelValues } from "./PanelValues";
import { usePanelStats } from "./usePanelStats";

interface Props {
  panel: Panel;
  /** What the whole dashboard asks. */
  asked: Asked;
  moment: { current: number };
  /** Whether it is in sight; else nothing is asked. */
  enabled: boolean;
}

/** What a panel shows. What it has shown stays while it is asked for again, also when that fails. */
export function PanelBody({ panel, asked: all, moment, enabled }: Props) {
  const asked = askedBy(panel, all);
  const isNumber = panel.kind === "number";
  const { data: stats, error, isFetching, refetch } = usePanelStats(panel, asked, moment, { enabled });
  const before = usePanelStats(panel, asked, moment, { enabled: enabled && isNumber, isBefore: true }).data;
  if (error && !stats) {
    return (
      <div role="alert" className="m-auto flex max-w-full flex-col items-center gap-2 overflow-y-auto px-3 text-center">
        <p className="text-soft">{error instanceof ApiError ? error.message : "Something went wrong"}</p>
        <button type="button" className="button small" onClick={() => refetch()} disabled={isFetching}>
          Try again
        </button>
      </div>
    );
  }
  if (!stats) return <div aria-hidden className="skeleton pulse m-1 flex-1 opacity-60" />;
  return (
    <>
      {shown()}
      {error && <PanelNote>Not up to date: {error.message}</PanelNote>}
    </>
  );

  function shown() {
    if (!stats) return null;
    switch (panel.kind) {
      case "counts":
        return <CountsChart panel={panel} asked={asked} stats={stats} />;
      case "metric":
        return <MetricChart panel={panel} asked={asked} stats={stats} />;
      case "number":
        return <PanelNumber panel={panel} stats={stats} before={before ?? null} />;
      case "top":
      case "levels":
        return <PanelValues panel={panel} asked={asked} stats={stats} />;
    }
  }
}
