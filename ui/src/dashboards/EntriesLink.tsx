import type { ReactNode } from "react";
import { addressOf, navigateTo } from "../url/navigation";

interface Props {
  /** The query string of the page. */
  search: string;
  className: string;
  title?: string;
  children: ReactNode;
}

/** A link to entries, which opens in this page, or with a key held in another tab. */
export function EntriesLink({ search, className, title, children }: Props) {
  return (
    <a
      href={addressOf(search)}
      className={className}
      title={title}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        navigateTo(search);
      }}
    >
      {children}
    </a>
  );
}
