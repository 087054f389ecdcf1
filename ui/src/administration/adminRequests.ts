// Requests to the endpoints that ask for the admin key; a refused key opens the settings.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KEPT } from "../api/keptQuery";
import { ApiError, type RequestOptions, request } from "../api/request";
import { useAdminEndpoint } from "../api/server";
import { openDialog } from "../state/dialogs";

export function useAdminQuery<T>(path: string) {
  const endpoint = useAdminEndpoint();
  return useQuery({
    queryKey: [KEPT, endpoint, path],
    queryFn: ({ signal }) => request<T>(endpoint, path, { signal }),
    meta: { admin: true },
  });
}

interface AdminRequest extends RequestOptions {
  path: string;
}

export function useAdminMutation<T>(onDone: (answer: T) => void) {
  const endpoint = useAdminEndpoint();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ path, ...options }: AdminRequest) => request<T>(endpoint, path, options),
    onSuccess: (answer) => {
      queries.invalidateQueries({ queryKey: [KEPT] });
      onDone(answer);
    },
    onError: tellRefused,
  });
}

/** Where the admin key is missing or wrong, the settings say which it is, and take it. */
export function tellRefused(error: Error): void {
  if (error instanceof ApiError && error.status === 401) openDialog("settings", "admin");
}

export const messageOf = (error: unknown): string | null => (error instanceof Error ? error.message : null);
