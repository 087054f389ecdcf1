// Everything that can be done from anywhere, as a list that is searched by typing.
import { PAGE_SIZES } from "../config/config";
import { changeConfig, getConfig } from "../config/useConfig";
import type { ExportFormat } from "../export/download";
import type { Command } from "../keys/keys";
import { liveStream } from "../live/liveStream";
import { lastName } from "../range/rangeNames";
import { savedSearches } from "../saved/searches";
import { openDialog } from "../state/dialogs";
import { make } from "../state/making";
import { isSide, tellFrame } from "../state/side";
import { titleOf } from "../text/title";
import { copyLink } from "../toast/copyLink";
import { withFilter } from "../url/filters";
import type { KeptDashboard, KeptView } from "../url/kept";
import { currentView, navigate, navigateTo } from "../url/navigation";
import { openDashboard, openKept } from "../url/openKept";
import { LASTS } from "../url/range";
import { PAGE_TITLES, type PageName } from "../url/view";

interface PaletteCommand {
  name: string;
  group: string;
  run: () => void;
}

export interface Offers {
  pages: readonly PageName[];
  /** Does what a key of the list does; null where there is no list. */
  onCommand: ((command: Command) => void) | null;
  /** Null where there is nothing to export. */
  onExport: ((format: ExportFormat) => void) | null;
}

type Ungrouped = Omit<PaletteCommand, "group">;

/** `views` and `dashboards`: those of the team; null where the server keeps none. */
export function paletteCommands(
  offers: Offers,
  views: readonly KeptView[] | null,
  dashboards: readonly KeptDashboard[] | null,
): PaletteCommand[] {
  const { pages, onCommand, onExport } = offers;
  return [
    ...grouped("List", listCommands(onCommand)),
    ...grouped("Export", onExport ? exportCommands(onExport) : []),
    ...grouped(
      "Time range",
      LASTS.map((last) => ({ name: lastName(last), run: () => navigate({ range: { last }, around: null }) })),
    ),
    ...grouped("Team", views ? teamCommands(views, pages) : []),
    ...grouped(
      "Dashboard",
      (dashboards ?? []).map((kept) => ({ name: titleOf(kept), run: () => openDashboard(kept) })),
    ),
    ...grouped(
      "Saved search",
      savedSearches().map(({ name, search }) => ({ name, run: () => navigateTo(search) })),
    ),
    ...grouped(
      "Go to",
      pages.map((page) => ({ name: PAGE_TITLES[page], run: () => navigate({ page }) })),
    ),
    ...appearanceCommands(),
    ...grouped("Help", [
      { name: "Settings", run: () => openDialog("settings") },
      { name: "Keyboard shortcuts", run: () => openDialog("keys") },
    ]),
  ];
}

const grouped = (group: string, commands: readonly Ungrouped[]): PaletteCommand[] =>
  commands.map((command) => ({ ...command, group }));

function listCommands(onCommand: Offers["onCommand"]): Ungrouped[] {
  const view = currentView();
  return [
    {
      name: view.live ? "Stop live, search stored entries" : "Go live",
      run: () => navigate({ live: !view.live }),
    },
    { name: "Pause or follow", run: pauseOrFollow },
    { name: "Clear live list", run: liveStream.clear },
    {
      name: "Show only errors",
      run: () => navigate({ filters: withFilter(view.filters, "level", "error,critical") }),
    },
    ...(onCommand ? jumpCommands(onCommand) : []),
    {
      name: view.order === "asc" ? "Newest first" : "Oldest first",
      run: () => navigate({ order: view.order === "asc" ? "desc" : "asc" }),
    },
    { name: "Clear all filters", run: () => navigate({ filters: {}, q: "", around: null }) },
    { name: "Show statistics", run: () => navigate({ statistics: true }) },
    { name: "Copy link to this screen", run: () => copyLink() },
  ];
}

const teamCommands = (views: readonly KeptView[], pages: readonly PageName[]): Ungrouped[] => [
  ...views.map((kept) => ({ name: titleOf(kept), run: () => openKept(kept) })),
  { name: "Share this view…", run: () => make("view") },
  ...(pages.includes("alerts") ? [{ name: "Alert on this…", run: () => make("alert") }] : []),
];

const jumpCommands = (onCommand: NonNullable<Offers["onCommand"]>): Ungrouped[] => [
  { name: "Patterns of messages", run: () => onCommand("patterns") },
  { name: "Compare with another time or filter", run: () => onCommand("compare") },
  { name: "Split: another list beside this one", run: () => onCommand("split") },
  ...(isSide
    ? [
        { name: "Go to the next list of the split view", run: () => onCommand("nextSide") },
        { name: "Close this side", run: () => tellFrame({ type: "close" }) },
      ]
    : []),
  { name: "Go to the first error", run: () => onCommand("firstError") },
  { name: "Go to the last error", run: () => onCommand("lastError") },
  { name: "Go to the top", run: () => onCommand("top") },
  { name: "Go to the bottom", run: () => onCommand("bottom") },
  { name: "Find in the loaded entries", run: () => onCommand("find") },
];

function pauseOrFollow(): void {
  if (liveStream.state.buffer.following) liveStream.pause();
  else liveStream.resumeFromNow();
}

const exportCommands = (onExport: (format: ExportFormat) => void): Ungrouped[] => [
  { name: "Export as NDJSON", run: () => onExport("ndjson") },
  { name: "Export as CSV", run: () => onExport("csv") },
];

const TIME_NAMES = { local: "Local time", utc: "UTC", relative: "Relative time" };
const THEME_NAMES = { system: "System theme", light: "Light theme", dark: "Dark theme" };
const keysOf = <Name extends string>(names: Record<Name, string>) => Object.keys(names) as Name[];

function appearanceCommands(): PaletteCommand[] {
  const { histogram, facets } = getConfig();
  return [
    ...grouped("View", [
      { name: histogram ? "Hide histogram" : "Show histogram", run: () => changeConfig({ histogram: !histogram }) },
      { name: facets ? "Hide filters" : "Show filters", run: () => changeConfig({ facets: !facets }) },
    ]),
    ...grouped(
      "Time display",
      keysOf(TIME_NAMES).map((time) => ({ name: TIME_NAMES[time], run: () => changeConfig({ time }) })),
    ),
    ...grouped(
      "Theme",
      keysOf(THEME_NAMES).map((theme) => ({ name: THEME_NAMES[theme], run: () => changeConfig({ theme }) })),
    ),
    ...grouped(
      "Page size",
      PAGE_SIZES.map((pageSize) => ({ name: `${pageSize} entries per page`, run: () => changeConfig({ pageSize }) })),
    ),
  ];
}

/** Commands that have every word that was typed, in their name or group. */
export function matchingCommands(commands: readonly PaletteCommand[], typed: string): PaletteCommand[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter(({ name, group }) => words.every((word) => `${group} ${name}`.toLowerCase().includes(word)));
}
