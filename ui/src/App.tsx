// The shell: which page, which dialog, and the live stream that all pages share.
import { lazy, Suspense, useEffect, useMemo } from "react";
import type { Info } from "./api/responses";
import { useInfo, useIsExtended } from "./api/server";
import { OWN_SERVER } from "./config/ownServer";
import { useConfig } from "./config/useConfig";
import { useTheme } from "./config/useTheme";
import { liveEndpoint } from "./live/endpoint";
import { liveStream, useLive } from "./live/liveStream";
import { LogsPage } from "./logs/LogsPage";
import { HealthWarnings } from "./shell/HealthWarnings";
import { openDialog, useDialogs } from "./state/dialogs";
import { Toast } from "./toast/Toast";
import { useView } from "./url/navigation";
import { PAGES, type PageName } from "./url/view";

const Settings = lazy(() => import("./settings/Settings"));
const KeysHelp = lazy(() => import("./keys/KeysHelp"));
const ClientsPage = lazy(() => import("./clients/ClientsPage"));
const RetentionPage = lazy(() => import("./retention/RetentionPage"));

export function App() {
  const view = useView();
  const config = useConfig();
  const info = useInfo();
  const extended = useIsExtended();
  const dialogs = useDialogs();
  const rejected = useLive((state) => state.status.phase === "rejected");
  useTheme();

  const endpoint = useMemo(() => liveEndpoint(config, extended, OWN_SERVER), [config, extended]);
  const streams = view.page === "logs" && view.live && view.around === null;
  useEffect(() => {
    if (streams) liveStream.start(endpoint);
    else liveStream.stop();
  }, [streams, endpoint]);
  useEffect(() => {
    if (rejected) openDialog("settings", "read");
  }, [rejected]);

  const offered = useMemo(() => pagesOf(info), [info]);
  return (
    <div className="flex h-dvh flex-col">
      <HealthWarnings />
      <Suspense>
        {view.page === "logs" && <LogsPage view={view} offered={offered} />}
        {view.page === "clients" && <ClientsPage offered={offered} />}
        {view.page === "retention" && <RetentionPage offered={offered} />}
        {dialogs.open === "settings" && <Settings why={dialogs.why} />}
        {dialogs.open === "keys" && <KeysHelp />}
      </Suspense>
      <Toast />
    </div>
  );
}

/** The pages that the server has. */
function pagesOf(info: Info | null): PageName[] {
  const { client_management = false, retention = false } = info?.features ?? {};
  const isOffered: Record<PageName, boolean> = { logs: true, clients: client_management, retention };
  return PAGES.filter((page) => isOffered[page]);
}
