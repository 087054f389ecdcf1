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
    const url = URL.createObjectURL(await response.blob());
    save(url, fileName(response) ?? `logs.${format}`);
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

/** The name that the server gives the file. */
function fileName(response: Response): string | undefined {
  const disposition = response.headers.get("content-disposition") ?? "";
  return /filename="?([^";]+)/.exec(disposition)?.[1];
}
