import { type Config, webSocketUrl } from "../config/config";

/** Where the live stream comes from, and with which key. */
export interface LiveEndpoint {
  wsUrl: string;
  apiUrl: string;
  key: string;
  /** Whether the server has the event stream, and filters what it sends. */
  extended: boolean;
}

export function liveEndpoint(config: Config, extended: boolean, ownServer: string): LiveEndpoint {
  const apiUrl = config.apiUrl || ownServer;
  return { wsUrl: webSocketUrl(config, ownServer), apiUrl, key: config.uiSecret, extended };
}
