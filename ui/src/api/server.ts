// What this server is and can do. Servers that only store, search and send everything live are used as far as they go.
import { useQuery } from "@tanstack/react-query";
import { useConfig } from "../config/useConfig";
import { isRefused } from "./keptQuery";
import { ApiError, type Endpoint, request } from "./request";
import type { Health, Info } from "./responses";

export function useEndpoint(): Endpoint {
  const { apiUrl, uiSecret } = useConfig();
  return { apiUrl, key: uiSecret };
}

export function useAdminEndpoint(): Endpoint {
  const { apiUrl, uiSecret, adminSecret } = useConfig();
  return { apiUrl, key: adminSecret || uiSecret };
}

const ABSENT = [404, 405];

const SOON = 5000;

/** Null for a server that doesn't say; one that can't be asked is asked again. */
export function useInfoQuery() {
  const endpoint = useEndpoint();
  return useQuery({
    queryKey: ["info", endpoint],
    queryFn: ({ signal }) => request<Info>(endpoint, "/api/info", { signal }).catch(unlessAway),
    staleTime: 60_000,
    refetchInterval: ({ state }) => (state.error && !isRefused(state.error) ? SOON : false),
  });
}

export const useInfo = (): Info | null => useInfoQuery().data ?? null;

function unlessAway(error: unknown): null {
  if (error instanceof ApiError && (error.status === 0 || error.status >= 500 || isRefused(error))) throw error;
  return null;
}

/** How the server is; null for one that doesn't say. */
export function useHealth(): Health | null {
  const endpoint = useEndpoint();
  const { data } = useQuery({
    queryKey: ["health", endpoint],
    queryFn: ({ signal }) => request<Health>(endpoint, "/api/health", { signal }).catch(() => null),
    refetchInterval: ({ state }) => (state.data?.status === "degraded" || state.data?.cluster ? SOON : 60_000),
  });
  return data ?? null;
}

/** Whether the server has the search language, counts, export and live filters; taken to be so until it is known. */
export function useIsExtended(): boolean {
  const endpoint = useEndpoint();
  const { data } = useQuery({
    queryKey: ["extended", endpoint],
    queryFn: async ({ signal }) => {
      try {
        const params = { limit: "1", date_from: new Date().toISOString() };
        await request(endpoint, "/api/fields/level", { params, signal });
        return true;
      } catch (error) {
        if (error instanceof ApiError && ABSENT.includes(error.status)) return false;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ?? true;
}
