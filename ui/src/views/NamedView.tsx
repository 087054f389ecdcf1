// What stands at /v/<name>: the page as the view of that name shows it, once that is known.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { viewPath } from "../api/kept";
import { KEPT } from "../api/keptQuery";
import { ApiError, request } from "../api/request";
import { useEndpoint } from "../api/server";
import { changeConfig, getConfig } from "../config/useConfig";
import { Brand } from "../shell/Brand";
import type { KeptView } from "../url/kept";
import { keepNamed, leaveName, useNamed } from "../url/navigation";
import { namedOf } from "../url/openKept";
import { ErrorBanner } from "../widgets/ErrorBanner";

export default function NamedView({ name, children }: { name: string; children: ReactNode }) {
  const endpoint = useEndpoint();
  const isKnown = useNamed()?.name === name;
  const { data, error, refetch } = useQuery({
    queryKey: [KEPT, endpoint, viewPath(name)],
    queryFn: ({ signal }) => request<KeptView>(endpoint, viewPath(name), { signal }),
  });
  useEffect(() => {
    if (data) keepNamed(namedOf(data));
  }, [data]);
  const isMissing = error instanceof ApiError && error.status === 404;
  useEffect(() => {
    if (isMissing && getConfig().startView === name) changeConfig({ startView: "" });
  }, [isMissing, name]);
  if (isKnown && !isMissing) return children;
  if (error === null) return null;
  return (
    <main className="m-auto flex max-w-lg flex-col items-center gap-4 p-8">
      <Brand />
      {isMissing ? (
        <p role="alert" className="text-center">
          There is no view named <b>{name}</b> here. It may have been renamed or deleted.
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
