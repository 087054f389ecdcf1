import { type Config, webSocketUrl } from "../config/config";

/** Where the live stream comes from, and with which key. */
export interface LiveEndpoint {
  wsUrl: string;
  apiUrl: string;
  key: string;
  /** Whether the server has the event stream, and filters what it sends. */
  extended: boolean;
}

/** `page` is the page's own address. */
export function liveEndpoint(config: Config, extended: boolean, page: string): LiveEndpoint {
  const apiUrl = config.apiUrl || new URL(page).origin;
  return { wsUrl: webSocketUrl(config, page), apiUrl, key: config.uiSecret, extended };
}
