import { currentTable } from "../columns/table";
import { type Linked, linkedView } from "../url/link";
import { currentView } from "../url/navigation";
import { formatView } from "../url/view";
import { copy } from "./copy";

/** A link to this screen, or to an entry on it, to the clipboard. */
export function copyLink(entry: Linked | null = null): void {
  const view = linkedView({ ...currentView(), table: currentTable() }, Date.now(), entry);
  copy(`${location.origin}${location.pathname}${formatView(view)}`, "Link");
}
