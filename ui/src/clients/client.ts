// A registered client, as the server describes it: who may send entries, under which app_key.
import type { components } from "../api/schema";

export type Client = components["schemas"]["Client"];
/** The only answer that ever has the token. */
export type ClientWithToken = components["schemas"]["ClientWithToken"];

export const CLIENTS_PATH = "/api/clients";
export const clientPath = (appKey: string): string => `${CLIENTS_PATH}/${encodeURIComponent(appKey)}`;
