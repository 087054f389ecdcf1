// Requests to one server: where it is, with which key, and what its refusals mean. Every answer is JSON.

import { OWN_SERVER } from "../config/ownServer";
import { parseExactly } from "../entries/lossless";
import { type Params, searchParams } from "../url/question";

export interface Endpoint {
  /** Base address, empty for the page's own server. */
  apiUrl: string;
  key: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    readonly reason: string | null = null,
    /** Which character of `q`, from 0. */
    readonly position: number | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(reason ? `${error}: ${reason}` : error);
  }
}

export interface RequestOptions {
  method?: string;
  params?: Params;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

export function address(endpoint: Endpoint, path: string, params: Params = {}): string {
  const given = searchParams(params).toString();
  return `${endpoint.apiUrl || OWN_SERVER}${path}${given ? `?${given}` : ""}`;
}

function authorization(endpoint: Endpoint): Record<string, string> {
  return endpoint.key ? { Authorization: `Bearer ${endpoint.key}` } : {};
}

/** The answer to a request. Throws ApiError; status 0 stands for a server that can't be reached. */
export async function send(endpoint: Endpoint, path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = "GET", params, body, signal } = options;
  const headers = authorization(endpoint);
  const init: RequestInit = { method, headers, cache: "no-store", referrerPolicy: "no-referrer" };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(address(endpoint, path, params), init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "Can't reach the server", endpoint.apiUrl || null);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

export async function request<T>(endpoint: Endpoint, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(endpoint, path, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  try {
    return parseExactly(text) as T;
  } catch {
    throw new ApiError(response.status, "The response is not JSON", "is this the address of a log server?");
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const text = await response.text();
  const after = Number(response.headers.get("retry-after"));
  const retryAfter = Number.isFinite(after) && after > 0 ? after : null;
  try {
    const body = JSON.parse(text) as { error?: string; reason?: string; position?: number };
    const error = body.error ?? `The server responded with ${response.status}`;
    return new ApiError(response.status, error, body.reason ?? null, body.position ?? null, retryAfter);
  } catch {
    return new ApiError(response.status, `The server responded with ${response.status}`, null, null, retryAfter);
  }
}
