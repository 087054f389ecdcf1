// Where the page begins if its address says nothing: with what this browser has chosen, else with what the team has.
import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { START_PATH } from "../api/kept";
import { type Endpoint, request } from "../api/request";
import type { Start } from "../api/responses";
import { endpointOf, useEndpoint } from "../api/server";
import { getConfig, useConfig } from "../config/useConfig";
import { isSide } from "../state/side";
import { placeOf } from "../url/named";
import { isBare, startAt } from "../url/navigation";

const isOpen = (own: string): boolean => !isSide && own === "" && isBare();

const startQuery = (endpoint: Endpoint) =>
  queryOptions({
    queryKey: ["start", endpoint],
    queryFn: ({ signal }) => request<Start>(endpoint, START_PATH, { signal }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Ask before anything is rendered: the page has to wait for the answer. */
export function askForStart(queries: QueryClient): void {
  const config = getConfig();
  if (isOpen(config.startView)) queries.prefetchQuery(startQuery(endpointOf(config)));
}

/** Whether it is still to be known; a server that does not say lets the page begin with the logs. */
export function useStart(): boolean {
  const endpoint = useEndpoint();
  const own = useConfig().startView;
  const [isAsked, setAsked] = useState(() => isOpen(own));
  const { data, isPending } = useQuery({ ...startQuery(endpoint), enabled: isAsked });
  useEffect(() => {
    if (!data) return; // who has no key yet is asked for it, and begins there afterwards
    startAt(placeOfStart(data));
    setAsked(false);
  }, [data]);
  return isAsked && isPending && isBare();
}

function placeOfStart({ view, dashboard }: Start): string {
  if (view !== undefined) return placeOf("view", view);
  return dashboard === undefined ? "" : placeOf("dashboard", dashboard);
}
