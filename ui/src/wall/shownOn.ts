// Which views a wall shows, in the order of its address, and how. Pure.
import { type Kept, viewOfKept } from "../url/kept";
import type { View } from "../url/view";
import type { Wall } from "../url/wall";

/** Names that no view has are passed over. */
export function shownOn<Shown extends { name: string }>({ names }: Wall, views: readonly Shown[]): readonly Shown[] {
  if (names.length === 0) return views;
  return names.flatMap((name) => views.find((one) => one.name === name) ?? []);
}

/** The screen of a view: live unless its range has an end. */
export function wallScreen(kept: Kept): View {
  const view = viewOfKept(kept);
  return { ...view, live: "last" in view.range || view.range.to === "" };
}
