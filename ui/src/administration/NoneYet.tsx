import type { ReactNode } from "react";

/** What a list that is empty says: what it would have, and how to get one. */
export function NoneYet({ of, children }: { of: string; children: ReactNode }) {
  return (
    <li className="flex flex-col items-center gap-1 p-8 text-center">
      <span className="font-medium">No {of} yet</span>
      <span className="max-w-sm text-soft">{children}</span>
    </li>
  );
}
