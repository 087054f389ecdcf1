// What the team begins with, for a browser that has chosen nothing of its own.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { START_PATH } from "../api/kept";
import { request } from "../api/request";
import type { Start } from "../api/responses";
import { useEndpoint } from "../api/server";
import { useConfig } from "../config/useConfig";
import { isSide } from "../state/side";
import { placeOf } from "../url/named";
import { currentPlace, isBare, startAt } from "../url/navigation";
import { teamStart } from "../url/teamStart";

/** Ask once where the page began by itself, and remember it for the next time. Who has no key yet begins there with it. */
export function useStart(): void {
  const endpoint = useEndpoint();
  const own = useConfig().startView;
  const [isAsked] = useState(() => !isSide && own === "" && (isBare() || currentPlace() === teamStart.get()));
  const isKnown = useRef(false);
  const { data } = useQuery({
    queryKey: ["start", endpoint],
    queryFn: ({ signal }) => request<Start>(endpoint, START_PATH, { signal }),
    enabled: isAsked,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    if (!data || isKnown.current) return;
    isKnown.current = true;
    teamStart.set(placeOfStart(data));
    startAt(teamStart.get());
  }, [data]);
}

function placeOfStart({ view, dashboard }: Start): string {
  if (view !== undefined) return placeOf("view", view);
  return dashboard === undefined ? "" : placeOf("dashboard", dashboard);
}
