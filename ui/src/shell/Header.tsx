import { Command, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { openDialog } from "../state/dialogs";
import { isSide } from "../state/side";
import type { PageName } from "../url/view";
import { IconButton } from "../widgets/IconButton";
import { Brand } from "./Brand";
import { PageTabs } from "./PageTabs";
import { ThemeButton } from "./ThemeButton";

/** The top line of every page; what a page needs there stands in the middle. */
export function Header({
  page,
  offered,
  status,
  children,
}: {
  page: PageName;
  offered: readonly PageName[];
  status: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="flex shrink-0 flex-wrap items-center xl:flex-nowrap gap-x-3 gap-y-2 border-line border-b px-3 py-2">
      <h1 className={isSide ? "sr-only" : ""}>
        <span className="sr-only">logstream: {page}</span>
        {!isSide && <Brand />}
      </h1>
      <PageTabs page={page} offered={offered} />
      <div className="min-w-0 max-md:flex-1">{status}</div>
      <div className="flex min-w-0 grow items-center gap-2 max-xl:order-last max-xl:w-full max-sm:flex-wrap">
        {children}
      </div>
      <div className="flex items-center gap-0.5 max-xl:ml-auto">
        <IconButton
          icon={Command}
          label="Commands"
          title="Commands (Ctrl+K)"
          size="large"
          onClick={() => openDialog("palette")}
        />
        {!isSide && (
          <>
            <ThemeButton />
            <IconButton icon={Settings} label="Settings" size="large" onClick={() => openDialog("settings")} />
          </>
        )}
      </div>
    </header>
  );
}
