// Opening a view of the team.
import { type KeptView, searchOf } from "./kept";
import { type Named, openNamed } from "./navigation";

export const namedOf = (kept: KeptView): Named => ({ name: kept.name, search: searchOf(kept) });

export const openKept = (kept: KeptView): void => openNamed(namedOf(kept));
