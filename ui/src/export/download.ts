// Everything that matches, as a file. With open reading the browser downloads it by itself; with a key, which must not
// stand in an address, the answer is read here and handed over as a file.
import { address, type Endpoint, send } from "../api/request";
import { announce } from "../toast/announce";
import type { Params } from "../url/question";

export type ExportFormat = "ndjson" | "csv";

export async function download(endpoint: Endpoint, params: Params, format: ExportFormat): Promise<void> {
  const given = { ...params, format };
  if (!endpoint.key) return save(address(endpoint, "/api/logs/export", given), "");
  announce("Exporting…");
  try {
    const response = await send(endpoint, "/api/logs/export", { params: given });
    const name = /filename="?([^";]+)/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? `logs.${format}`;
    const url = URL.createObjectURL(await response.blob());
    save(url, name);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    announce(`Export failed: ${(error as Error).message}`);
  }
}

function save(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.rel = "noreferrer";
  link.click();
}
