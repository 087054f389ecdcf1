import type { ReactNode } from "react";

/** What stands in a panel that has nothing to draw. */
export function PanelNote({ children }: { children: ReactNode }) {
  return <p className="m-auto max-w-full px-3 text-center text-faint">{children}</p>;
}
