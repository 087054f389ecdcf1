// How what people set up on the server is asked for: once, or again and again while that can lead anywhere.
import { ApiError, type Endpoint, request } from "./request";

/** Begins the keys of queries for what is set up on the server: whoever changes some of it asks for all of it again. */
export const KEPT = "kept";

interface Known {
  state: { data: unknown; error: Error | null };
}

/** The answer is null where the server has none of it, or no longer. `every`: milliseconds until it is asked for again. */
export function keptQuery<T>(endpoint: Endpoint, path: string, every: number | false = false) {
  return {
    queryKey: [KEPT, endpoint, path],
    queryFn: ({ signal }: { signal: AbortSignal }) => request<T>(endpoint, path, { signal }).catch(absent),
    refetchInterval: ({ state }: Known) => (state.data === null || isRefused(state.error) ? false : every),
  };
}

function absent(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

/** Until the key is another one, the answer is the same. */
export const isRefused = (error: unknown): boolean => error instanceof ApiError && error.status === 401;
