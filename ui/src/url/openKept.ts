// Opening what the team keeps under a name.
import { type Kept, type KeptDashboard, type KeptView, viewOfKept } from "./kept";
import type { Kind } from "./named";
import { placeOf } from "./named";
import { type Named, openNamed } from "./navigation";
import { formatView } from "./view";

export function namedOf(kind: Kind, kept: Kept & { name: string }): Named {
  const view = viewOfKept(kept);
  return {
    place: placeOf(kind, kept.name),
    search: formatView(kind === "view" ? view : { ...view, page: "dashboard" }),
  };
}

export const openKept = (kept: KeptView): void => openNamed(namedOf("view", kept));
export const openDashboard = (kept: KeptDashboard): void => openNamed(namedOf("dashboard", kept));
