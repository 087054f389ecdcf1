import { lazy, type ReactNode, Suspense } from "react";
import { useKeys } from "../keys/useKeys";
import { Header } from "../shell/Header";
import { openDialog, useDialogs } from "../state/dialogs";
import type { PageName } from "../url/view";

const Palette = lazy(() => import("../palette/Palette"));

/** The frame of the administration's pages. */
export function AdminPage(props: {
  page: PageName;
  title: string;
  offered: readonly PageName[];
  lead: string;
  action: ReactNode;
  children: ReactNode;
}) {
  const { page, title, offered, lead, action, children } = props;
  const dialogs = useDialogs();
  useKeys((command) => {
    if (command === "help") openDialog("keys");
    if (command === "palette") openDialog("palette");
  });
  return (
    <>
      <Header page={page} offered={offered} status={null} />
      <main className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-5xl flex-col gap-6 px-4 py-6">
          <div className="flex flex-wrap items-start justify-between gap-3">
            <div>
              <h2 className="font-semibold text-lg">{title}</h2>
              <p className="mt-0.5 text-soft">{lead}</p>
            </div>
            {action}
          </div>
          {children}
        </div>
      </main>
      <Suspense>{dialogs.open === "palette" && <Palette pages={offered} onCommand={null} onExport={null} />}</Suspense>
    </>
  );
}
