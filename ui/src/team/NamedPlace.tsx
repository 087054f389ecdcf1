// What stands at /v/<name> and /d/<name>: the page as what is kept under that name shows it, once that is known.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { dashboardPath, viewPath } from "../api/kept";
import { KEPT } from "../api/keptQuery";
import { ApiError, request } from "../api/request";
import { useEndpoint } from "../api/server";
import { changeConfig, getConfig } from "../config/useConfig";
import { Brand } from "../shell/Brand";
import type { KeptView } from "../url/kept";
import { type Place, readPlace } from "../url/named";
import { isStart, keepNamed, leaveName, useNamed } from "../url/navigation";
import { namedOf } from "../url/openKept";
import { teamStart } from "../url/teamStart";
import { ErrorBanner } from "../widgets/ErrorBanner";

export default function NamedPlace({ place, children }: { place: Place; children: ReactNode }) {
  const endpoint = useEndpoint();
  const isKnown = useNamed()?.place === place;
  const { kind, name } = readPlace(place);
  const path = kind === "view" ? viewPath(name) : dashboardPath(name);
  const { data, error, refetch } = useQuery({
    queryKey: [KEPT, endpoint, path],
    queryFn: ({ signal }) => request<KeptView>(endpoint, path, { signal }),
  });
  useEffect(() => {
    if (data) keepNamed(namedOf(kind, data));
  }, [data, kind]);
  const isMissing = error instanceof ApiError && error.status === 404;
  useEffect(() => {
    if (!isMissing) return;
    if (isStart(getConfig().startView, place)) changeConfig({ startView: "" });
    if (teamStart.get() === place) teamStart.set("");
  }, [isMissing, place]);
  if (isKnown && !isMissing) return children;
  if (error === null) return null;
  return (
    <main className="m-auto flex max-w-lg flex-col items-center gap-4 p-8">
      <Brand />
      {isMissing ? (
        <p role="alert" className="text-center">
          There is no {kind} named <b>{name}</b> here. It may have been renamed or deleted.
        </p>
      ) : (
        <ErrorBanner error={error} onRetry={refetch} />
      )}
      <button type="button" className="button" onClick={() => leaveName(true)}>
        All logs
      </button>
    </main>
  );
}
