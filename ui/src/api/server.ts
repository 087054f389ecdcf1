// What this server is and can do. Servers that only store, search and send everything live are used as far as they go.
import { useQuery } from "@tanstack/react-query";
import { useConfig } from "../config/useConfig";
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

export function useInfo(): Info | null {
  const endpoint = useEndpoint();
  const { data } = useQuery({
    queryKey: ["info", endpoint],
    queryFn: ({ signal }) => request<Info>(endpoint, "/api/info", { signal }).catch(() => null),
    staleTime: 60_000,
  });
  return data ?? null;
}

/** How the server is; null for one that doesn't say. */
export function useHealth(): Health | null {
  const endpoint = useEndpoint();
  const { data } = useQuery({
    queryKey: ["health", endpoint],
    queryFn: ({ signal }) => request<Health>(endpoint, "/api/health", { signal }).catch(() => null),
    refetchInterval: 60_000,
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
