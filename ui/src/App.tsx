// The shell: which page, which dialog, and the live stream that all pages share.
import { lazy, Suspense, useEffect, useMemo } from "react";
import { useInfo, useIsComplete } from "./api/server";
import { useConfig } from "./config/useConfig";
import { feed } from "./live/feed";
import { targetOf } from "./live/target";
import { useFeed } from "./live/useFeed";
import { LogsPage } from "./logs/LogsPage";
import { useTheme } from "./shell/useTheme";
import { openDialog, useDialogs } from "./state/dialogs";
import { Toast } from "./toast/Toast";
import { useView } from "./url/navigation";
import type { PageName } from "./url/view";

const Settings = lazy(() => import("./settings/Settings"));
const KeysHelp = lazy(() => import("./keys/KeysHelp"));
const ApplicationsPage = lazy(() => import("./administration/ApplicationsPage"));
const RetentionPage = lazy(() => import("./administration/RetentionPage"));

export function App() {
  const view = useView();
  const config = useConfig();
  const info = useInfo();
  const complete = useIsComplete();
  const dialogs = useDialogs();
  const rejected = useFeed((state) => state.status.phase === "rejected");
  useTheme(config.theme);

  const target = useMemo(() => targetOf(config, complete, location.href), [config, complete]);
  const streams = view.page === "logs" && view.live && view.around === null;
  useEffect(() => {
    if (streams) feed.start(target);
    else feed.stop();
  }, [streams, target]);
  useEffect(() => {
    if (rejected) openDialog("settings", "read");
  }, [rejected]);

  const offered = useMemo<PageName[]>(
    () => [
      "logs",
      ...(info?.features.client_management ? (["applications"] as const) : []),
      ...(info?.features.retention ? (["retention"] as const) : []),
    ],
    [info],
  );
  return (
    <div className="flex h-dvh flex-col">
      <Suspense>
        {view.page === "logs" && <LogsPage view={view} offered={offered} />}
        {view.page === "applications" && <ApplicationsPage offered={offered} />}
        {view.page === "retention" && <RetentionPage offered={offered} />}
        {dialogs.open === "settings" && <Settings why={dialogs.why} />}
        {dialogs.open === "keys" && <KeysHelp />}
      </Suspense>
      <Toast />
    </div>
  );
}
