// What people set up on the server and share: views, dashboards and alerts, for which the read key is enough.
import { useQuery } from "@tanstack/react-query";
import type { KeptDashboard, KeptView } from "../url/kept";
import { keptQuery } from "./keptQuery";
import type { KeptAlert, Start } from "./responses";
import { useEndpoint, useInfoQuery } from "./server";

const OFTEN = 5000;

/** Data are undefined while they aren't known, and null where the server has none of it. */
export function useKeptQuery<T>(path: string, every: number | false = false) {
  const endpoint = useEndpoint();
  const info = useInfoQuery();
  const query = useQuery({ ...keptQuery<T>(endpoint, path, every), enabled: Boolean(info.data) });
  return {
    data: info.data === null ? null : query.data,
    error: info.error ?? query.error,
    retry: () => (info.error ? info.refetch() : query.refetch()),
  };
}

/** Null: not known yet, or the server has none of it. */
const useKept = <T>(path: string, every: number | false = false): T | null => useKeptQuery<T>(path, every).data ?? null;

export const VIEWS_PATH = "/api/views";
export const viewPath = (name: string): string => `${VIEWS_PATH}/${name}`;
export const DASHBOARDS_PATH = "/api/dashboards";
export const dashboardPath = (name: string): string => `${DASHBOARDS_PATH}/${name}`;
export const START_PATH = "/api/start";
export const ALERTS_PATH = "/api/alerts";
export const alertPath = (name: string, act = ""): string => `${ALERTS_PATH}/${name}${act}`;

interface KeptViews {
  views: readonly KeptView[];
}
interface KeptDashboards {
  dashboards: readonly KeptDashboard[];
}
interface KeptAlerts {
  alerts: readonly KeptAlert[];
}

export const useViewsQuery = (every: number | false = false) => useKeptQuery<KeptViews>(VIEWS_PATH, every);
export const useViews = (): readonly KeptView[] | null => useKept<KeptViews>(VIEWS_PATH)?.views ?? null;

export const useDashboardsQuery = (every: number | false = false) =>
  useKeptQuery<KeptDashboards>(DASHBOARDS_PATH, every);
export const useDashboards = (): readonly KeptDashboard[] | null =>
  useKept<KeptDashboards>(DASHBOARDS_PATH)?.dashboards ?? null;

export const useTeamStart = (): Start | null => useKept<Start>(START_PATH);

/** With their states, asked for again and again. */
export const useAlertsQuery = (every = OFTEN) => useKeptQuery<KeptAlerts>(ALERTS_PATH, every);
export const useAlerts = (): readonly KeptAlert[] | null => useKept<KeptAlerts>(ALERTS_PATH, OFTEN)?.alerts ?? null;

/** An alert that is off tells nobody, whatever its state was. */
export const isFiring = ({ enabled, state }: KeptAlert): boolean => enabled && state === "firing";
