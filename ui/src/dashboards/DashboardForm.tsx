import { DASHBOARDS_PATH, useDashboards } from "../api/kept";
import { NamedForm } from "../team/NamedForm";
import { titleOf } from "../text/title";
import type { KeptDashboard } from "../url/kept";
import { openDashboard } from "../url/openKept";
import { FIRST_PANELS } from "./dashboard";

interface Props {
  /** The one whose name and description change; null: a new one. */
  kept: KeptDashboard | null;
  onClose: () => void;
}

const NEW = { query: {}, range: "24h", panels: FIRST_PANELS };

export function DashboardForm({ kept, onClose }: Props) {
  const taken = useDashboards();
  return (
    <NamedForm<KeptDashboard>
      kind="dashboard"
      title={kept ? `Edit ${titleOf(kept)}` : "New dashboard"}
      done={kept ? "Dashboard saved" : "Dashboard shared with the team"}
      kept={kept}
      content={NEW}
      taken={taken}
      path={DASHBOARDS_PATH}
      examples={{ title: "Checkout", description: "What to look at in the morning" }}
      onClose={onClose}
      onMade={openDashboard}
    />
  );
}
