import { useMemo } from "react";
import { PanelGrid } from "../dashboards/PanelGrid";
import { useMoment } from "../dashboards/usePanelStats";
import { type KeptDashboard, viewOfKept } from "../url/kept";
import { WallTitle } from "./WallTitle";

/** One dashboard as the wall shows it, whose panels lead nowhere. */
export default function WallDashboard({ kept }: { kept: KeptDashboard }) {
  const view = useMemo(() => viewOfKept(kept), [kept]);
  const { q, filters, range } = view;
  const moment = useMoment("last" in range || range.to === "");
  return (
    <>
      <div className="px-6 pt-4 pb-1">
        <WallTitle kept={kept} range={range} />
      </div>
      <div inert className="min-h-0 flex-1 overflow-hidden px-6 py-2">
        <PanelGrid
          items={kept.panels.map((panel, id) => ({ id, panel }))}
          asked={{ q, filters, range }}
          moment={moment}
          editing={null}
          fills
        />
      </div>
    </>
  );
}
