// Which views a wall shows, in the order of its address. Pure.
import type { Wall } from "../url/wall";

/** Names that no view has are passed over. */
export function shownOn<View extends { name: string }>({ names }: Wall, views: readonly View[]): readonly View[] {
  if (names.length === 0) return views;
  return names.flatMap((name) => views.find((one) => one.name === name) ?? []);
}
