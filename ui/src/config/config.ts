// What this browser keeps: where the server is, the keys, and how things are shown. One JSON object in local storage;
// `apiUrl`, `wsUrl` and `uiSecret` are named as the original UI named them, so its settings go on working. Pure.

export type TimeMode = "local" | "utc" | "zone" | "relative";
export type Theme = "system" | "light" | "dark";

export interface Config {
  apiUrl: string;
  wsUrl: string;
  uiSecret: string;
  adminSecret: string;
  theme: Theme;
  time: TimeMode;
  zone: string;
  pageSize: number;
  facets: boolean;
  histogram: boolean;
  /** The name of the view that the page begins with; empty: none. */
  startView: string;
}

export const PAGE_SIZES = [50, 100, 200, 500];

export const DEFAULTS: Config = {
  apiUrl: "",
  wsUrl: "",
  uiSecret: "",
  adminSecret: "",
  theme: "system",
  time: "local",
  zone: "UTC",
  pageSize: 100,
  facets: true,
  histogram: true,
  startView: "",
};

export function readConfig(text: string | null): Config {
  let given: unknown = null;
  try {
    given = JSON.parse(text ?? "null");
  } catch {
    // Not ours: the defaults hold.
  }
  const config: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given ?? {})) {
    if (name in DEFAULTS && typeof value === typeof DEFAULTS[name as keyof Config]) config[name] = value;
  }
  const read = config as unknown as Config;
  read.apiUrl = read.apiUrl.trim().replace(/\/+$/, "");
  read.wsUrl = read.wsUrl.trim();
  if (!PAGE_SIZES.includes(read.pageSize)) read.pageSize = DEFAULTS.pageSize;
  return read;
}

/** Where the WebSocket is, when only the API's address is given: beside it. */
export function webSocketUrl(config: Pick<Config, "apiUrl" | "wsUrl">, ownServer: string): string {
  if (config.wsUrl) return config.wsUrl;
  const url = new URL(config.apiUrl || ownServer, ownServer);
  return `${url.protocol === "https:" ? "wss" : "ws"}://${url.host}${url.pathname.replace(/\/+$/, "")}/ws`;
}
