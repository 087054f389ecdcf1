// What people set up on the server and share: views, dashboards and alerts, for which the read key is enough.
import { useQuery } from "@tanstack/react-query";
import type { KeptDashboard, KeptView } from "../url/kept";
import { ApiError, request } from "./request";
import type { KeptAlert, Start } from "./responses";
import { useEndpoint, useInfo } from "./server";

/** Begins the keys of queries for what is set up on the server: whoever changes some of it asks for all of it again. */
export const KEPT = "kept";

const OFTEN = 5000;

/** Null: not known yet, or the server has none of it. */
export function useKept<T>(path: string, refetchInterval: number | false = false): T | null {
  const endpoint = useEndpoint();
  const has = useInfo() !== null;
  const { data } = useQuery({
    queryKey: [KEPT, endpoint, path],
    queryFn: ({ signal }) => request<T>(endpoint, path, { signal }).catch(absent),
    enabled: has,
    refetchInterval,
  });
  return data ?? null;
}

function absent(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

export const VIEWS_PATH = "/api/views";
export const viewPath = (name: string): string => `${VIEWS_PATH}/${name}`;
export const DASHBOARDS_PATH = "/api/dashboards";
export const dashboardPath = (name: string): string => `${DASHBOARDS_PATH}/${name}`;
export const START_PATH = "/api/start";
export const ALERTS_PATH = "/api/alerts";
export const alertPath = (name: string, act = ""): string => `${ALERTS_PATH}/${name}${act}`;

export const useViews = (): readonly KeptView[] | null => useKept<{ views: KeptView[] }>(VIEWS_PATH)?.views ?? null;

export const useDashboards = (): readonly KeptDashboard[] | null =>
  useKept<{ dashboards: KeptDashboard[] }>(DASHBOARDS_PATH)?.dashboards ?? null;

export const useTeamStart = (): Start | null => useKept<Start>(START_PATH);

/** With their states, asked for again and again. */
export const useAlerts = (every = OFTEN): readonly KeptAlert[] | null =>
  useKept<{ alerts: KeptAlert[] }>(ALERTS_PATH, every)?.alerts ?? null;
