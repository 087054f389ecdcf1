// The shell: which page, which dialog, and the live stream that all pages share.
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from "react";
import { useAlerts } from "./api/kept";
import type { Info } from "./api/responses";
import { useInfo, useIsExtended } from "./api/server";
import { OWN_SERVER } from "./config/ownServer";
import { useConfig } from "./config/useConfig";
import { useTheme } from "./config/useTheme";
import { liveEndpoint } from "./live/endpoint";
import { liveStream, useLive } from "./live/liveStream";
import { LogsPage } from "./logs/LogsPage";
import { isStreamed } from "./logs/openStream";
import { HealthWarnings } from "./shell/HealthWarnings";
import { openDialog, useDialogs } from "./state/dialogs";
import { make, useMaking } from "./state/making";
import { isSide } from "./state/side";
import { useStart } from "./team/useStart";
import { Toast } from "./toast/Toast";
import { readPlace } from "./url/named";
import { useIsSplit, useNamed, usePlace, useView } from "./url/navigation";
import { PAGES, type PageName } from "./url/view";
import { readWall } from "./url/wall";

const SplitPage = lazy(() => import("./sides/SplitPage"));
const Settings = lazy(() => import("./settings/Settings"));
const KeysHelp = lazy(() => import("./keys/KeysHelp"));
const ViewsPage = lazy(() => import("./views/ViewsPage"));
const ViewForm = lazy(() => import("./views/ViewForm"));
const NamedPlace = lazy(() => import("./team/NamedPlace"));
const DashboardsPage = lazy(() => import("./dashboards/DashboardsPage"));
const DashboardPage = lazy(() => import("./dashboards/DashboardPage"));
const WallPage = lazy(() => import("./wall/WallPage"));
const AlertsPage = lazy(() => import("./alerts/AlertsPage"));
const AlertForm = lazy(() => import("./alerts/AlertForm"));
const ClientsPage = lazy(() => import("./clients/ClientsPage"));
const RetentionPage = lazy(() => import("./retention/RetentionPage"));

export function App() {
  const view = useView();
  const config = useConfig();
  const info = useInfo();
  const extended = useIsExtended();
  const dialogs = useDialogs();
  const making = useMaking();
  const shares = useAlerts() !== null;
  const rejected = useLive((state) => state.status.phase === "rejected");
  const [wall] = useState(() => readWall(location.search));
  const split = useIsSplit();
  const place = usePlace();
  const isNamedKnown = useIsNamedKnown();
  useStart();
  useTheme();

  const endpoint = useMemo(() => liveEndpoint(config, extended, OWN_SERVER), [config, extended]);
  const streams = !split && isNamedKnown && isStreamed(view);
  useEffect(() => {
    if (streams) liveStream.start(endpoint);
    else liveStream.stop();
  }, [streams, endpoint]);
  useEffect(() => {
    if (rejected) openDialog("settings", "read");
  }, [rejected]);

  const offered = useMemo(() => pagesOf(info, shares), [info, shares]);
  const stop = () => make(null);
  return (
    <div className="flex h-dvh flex-col">
      {wall === null && !isSide && <HealthWarnings />}
      <Suspense>
        {shown()}
        {making === "view" && <ViewForm kept={null} onClose={stop} />}
        {making === "alert" && <AlertForm alert={null} onClose={stop} />}
        {dialogs.open === "settings" && <Settings why={dialogs.why} />}
        {dialogs.open === "keys" && <KeysHelp />}
      </Suspense>
      <Toast />
    </div>
  );

  function shown(): ReactNode {
    if (wall !== null) return <WallPage wall={wall} />;
    return split ? <SplitPage /> : <Named>{pageOf(view.page)}</Named>;
  }

  function pageOf(page: PageName): ReactNode {
    switch (page) {
      case "logs":
        return <LogsPage view={view} offered={offered} />;
      case "views":
        return <ViewsPage offered={offered} />;
      case "dashboard":
        if (place !== null) return <DashboardPage name={readPlace(place).name} view={view} offered={offered} />;
        return <DashboardsPage offered={offered} />;
      case "dashboards":
        return <DashboardsPage offered={offered} />;
      case "alerts":
        return <AlertsPage offered={offered} />;
      case "clients":
        return <ClientsPage offered={offered} />;
      case "retention":
        return <RetentionPage offered={offered} />;
    }
  }
}

/** The page, where the address names something only once it is known what that shows. */
function Named({ children }: { children: ReactNode }) {
  const place = usePlace();
  return place === null ? children : <NamedPlace place={place}>{children}</NamedPlace>;
}

function useIsNamedKnown(): boolean {
  const place = usePlace();
  const named = useNamed();
  return place === null || named?.place === place;
}

/** The pages that the server has; a side has no other page. `shares`: it keeps views, dashboards and alerts. */
function pagesOf(info: Info | null, shares: boolean): PageName[] {
  const { client_management = false, retention = false } = info?.features ?? {};
  const isOffered: Record<PageName, boolean> = {
    logs: true,
    views: shares,
    dashboards: shares,
    dashboard: false,
    alerts: shares,
    clients: client_management,
    retention,
  };
  return PAGES.filter((page) => isOffered[page] && (page === "logs" || !isSide));
}
