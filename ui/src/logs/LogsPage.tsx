// The page of the logs: its header, its body, the line at the bottom, and what opens above them.
import { lazy, Suspense, useCallback } from "react";
import { useEndpoint, useIsExtended } from "../api/server";
import { TableMenu } from "../columns/TableMenu";
import { download, type ExportFormat } from "../export/download";
import { Facets } from "../facets/Facets";
import { closeDialog, useDialogs } from "../state/dialogs";
import { useNarrow } from "../state/media";
import { useName } from "../url/navigation";
import { openParams } from "../url/question";
import type { PageName, View } from "../url/view";
import { Dialog } from "../widgets/Dialog";
import { HighlightMenu } from "./HighlightMenu";
import { LogsBody } from "./LogsBody";
import { LogsHeader } from "./LogsHeader";
import { OrderButton } from "./OrderButton";
import { Pager } from "./Pager";
import { StatusBar } from "./StatusBar";
import { useContextPaths } from "./useContextPaths";
import { useLogs } from "./useLogs";

const StatisticsDrawer = lazy(() => import("../statistics/StatisticsDrawer"));
const ViewBar = lazy(() => import("../views/ViewBar"));
const Palette = lazy(() => import("../palette/Palette"));

export function LogsPage({ view, offered }: { view: View; offered: readonly PageName[] }) {
  const endpoint = useEndpoint();
  const extended = useIsExtended();
  const dialogs = useDialogs();
  const narrow = useNarrow(1024);
  const isPhone = useNarrow(768);
  const name = useName();
  const logs = useLogs(view);
  const { question, isListed, rows, list } = logs;
  const paths = useContextPaths(rows);
  const onExport = useCallback(
    (format: ExportFormat) =>
      download(endpoint, { ...openParams(question, Date.now()), order: question.order }, format),
    [endpoint, question],
  );
  return (
    <>
      <LogsHeader view={view} logs={logs} offered={offered} narrow={narrow} onExport={onExport} />
      <Suspense>{name !== null && <ViewBar view={view} name={name} />}</Suspense>
      <LogsBody view={view} logs={logs} narrow={narrow} paths={paths} />
      <StatusBar
        live={question.kind === "live"}
        total={logs.total}
        pager={
          isListed && question.kind === "search" && rows.total ? (
            <Pager first={logs.firstSeen} total={rows.total} onJump={(index) => list.current?.show(index, "start")} />
          ) : null
        }
        table={isPhone || !isListed ? null : <TableMenu paths={paths} />}
        highlights={isListed ? <HighlightMenu highlights={view.highlights} /> : null}
        order={extended && isListed ? <OrderButton order={question.order} /> : null}
      />
      <Suspense>
        {view.statistics && <StatisticsDrawer question={question} />}
        {dialogs.open === "palette" && (
          <Palette pages={offered} onCommand={logs.act} onExport={extended ? onExport : null} />
        )}
      </Suspense>
      <Dialog title="Filters" side="left" open={dialogs.open === "facets" && narrow} onClose={closeDialog}>
        <Facets question={question} />
      </Dialog>
    </>
  );
}
