// What a wall shows, in the order of its address. Pure.
import { type Kept, type KeptDashboard, type KeptView, viewOfKept } from "./kept";
import { placeOf } from "./named";
import type { View } from "./view";
import type { Wall } from "./wall";

/** What takes a turn, under the name that it has in the address of a wall. */
export type Shown = { name: string } & ({ view: KeptView } | { dashboard: KeptDashboard });

/** All that can be shown: the views, then the dashboards. */
export const showable = (views: readonly KeptView[], dashboards: readonly KeptDashboard[]): Shown[] => [
  ...views.map((view) => ({ name: view.name, view })),
  ...dashboards.map((dashboard) => ({ name: placeOf("dashboard", dashboard.name), dashboard })),
];

export const keptIn = (one: Shown): KeptView | KeptDashboard => ("view" in one ? one.view : one.dashboard);

/** Names that nothing has are passed over. */
export function shownOn<One extends { name: string }>({ names }: Wall, all: readonly One[]): readonly One[] {
  if (names.length === 0) return all;
  return names.flatMap((name) => all.find((one) => one.name === name) ?? []);
}

/** The screen of a view: live unless its range has an end. */
export function wallScreen(kept: Kept): View {
  const view = viewOfKept(kept);
  return { ...view, live: "last" in view.range || view.range.to === "" };
}
