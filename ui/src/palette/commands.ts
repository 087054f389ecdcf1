// Everything that can be done from anywhere, as a list that is searched by typing.
import { PAGE_SIZES } from "../config/config";
import { changeConfig, getConfig } from "../config/useConfig";
import { feed } from "../live/feed";
import { LAST_NAMES } from "../range/names";
import { savedSearches } from "../saved/searches";
import { openDialog } from "../state/dialogs";
import { copy } from "../toast/copy";
import { currentView, navigate, navigateTo } from "../url/navigation";
import { LASTS } from "../url/range";

export interface PaletteCommand {
  name: string;
  group: string;
  run: () => void;
}

export interface Offers {
  applications: boolean;
  retention: boolean;
  exports: boolean;
  onExport: (format: "ndjson" | "csv") => void;
}

export function paletteCommands(offers: Offers): PaletteCommand[] {
  const config = getConfig();
  const view = currentView();
  const go = (name: string, page: "logs" | "applications" | "retention") => ({
    group: "Go to",
    name,
    run: () => navigate({ page }),
  });
  return [
    {
      group: "List",
      name: view.live ? "Search without live entries" : "Go live",
      run: () => navigate({ live: !view.live }),
    },
    {
      group: "List",
      name: "Pause or follow",
      run: () => (feed.get().buffer.following ? feed.pause() : feed.resumeFromNow()),
    },
    { group: "List", name: "Clear the live list", run: feed.clear },
    {
      group: "List",
      name: "Show only errors",
      run: () => navigate({ filters: { ...view.filters, level: "error,critical" } }),
    },
    { group: "List", name: "Clear all filters", run: () => navigate({ filters: {}, q: "", around: null }) },
    { group: "List", name: "Statistics", run: () => navigate({ statistics: true }) },
    { group: "List", name: "Copy a link to this screen", run: () => copy(location.href, "Link") },
    ...(offers.exports
      ? [
          { group: "Export", name: "Export as NDJSON", run: () => offers.onExport("ndjson") },
          { group: "Export", name: "Export as CSV", run: () => offers.onExport("csv") },
        ]
      : []),
    ...LASTS.map((last) => ({
      group: "Range",
      name: LAST_NAMES[last],
      run: () => navigate({ range: { last }, around: null }),
    })),
    ...savedSearches().map((saved) => ({
      group: "Saved search",
      name: saved.name,
      run: () => navigateTo(saved.search),
    })),
    go("Logs", "logs"),
    ...(offers.applications ? [go("Applications", "applications")] : []),
    ...(offers.retention ? [go("Retention", "retention")] : []),
    {
      group: "View",
      name: `${config.histogram ? "Hide" : "Show"} the histogram`,
      run: () => changeConfig({ histogram: !config.histogram }),
    },
    {
      group: "View",
      name: `${config.facets ? "Hide" : "Show"} the filters`,
      run: () => changeConfig({ facets: !config.facets }),
    },
    ...(["local", "utc", "relative"] as const).map((time) => ({
      group: "Times",
      name: `${{ local: "Local", utc: "UTC", relative: "Relative" }[time]} times`,
      run: () => changeConfig({ time }),
    })),
    ...(["system", "light", "dark"] as const).map((theme) => ({
      group: "Theme",
      name: `${{ system: "Theme of the system", light: "Light theme", dark: "Dark theme" }[theme]}`,
      run: () => changeConfig({ theme }),
    })),
    ...PAGE_SIZES.map((pageSize) => ({
      group: "Page size",
      name: `${pageSize} entries a page`,
      run: () => changeConfig({ pageSize }),
    })),
    { group: "Help", name: "Settings", run: () => openDialog("settings") },
    { group: "Help", name: "Keys", run: () => openDialog("keys") },
  ];
}

/** Commands that have every word that was typed, in their name or group. */
export function found(commands: readonly PaletteCommand[], typed: string): PaletteCommand[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter(({ name, group }) => words.every((word) => `${group} ${name}`.toLowerCase().includes(word)));
}
