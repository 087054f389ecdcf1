import { type Config, webSocketUrl } from "../config/config";
import type { Target } from "./protocol";

/** Where the live stream comes from; `page` is the page's own address. */
export function targetOf(config: Config, complete: boolean, page: string): Target {
  const apiUrl = config.apiUrl || new URL(page).origin;
  return { wsUrl: webSocketUrl(config, page), apiUrl, key: config.uiSecret, complete };
}
