// Questions and orders to the endpoints that ask for the admin key; a refused one opens the settings.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, type RequestOptions, request } from "../api/client";
import { useAdminEndpoint } from "../api/server";
import { openDialog } from "../state/dialogs";

export function useAdminQuery<T>(path: string) {
  const endpoint = useAdminEndpoint();
  return useQuery({
    queryKey: ["administration", endpoint, path],
    queryFn: ({ signal }) => request<T>(endpoint, path, { signal }),
    meta: { admin: true },
  });
}

export interface Order extends RequestOptions {
  path: string;
}

export function useOrder<T>(onDone: (answer: T) => void) {
  const endpoint = useAdminEndpoint();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, ...options }: Order) => request<T>(endpoint, path, options),
    onSuccess: (answer) => {
      client.invalidateQueries({ queryKey: ["administration"] });
      onDone(answer);
    },
    onError: (error) => error instanceof ApiError && error.status === 401 && openDialog("settings", "admin"),
  });
}

export const faultOf = (error: unknown): string | null => (error instanceof Error ? error.message : null);
