// Text to the clipboard, and a word that it is there.
import { announce } from "./announce";

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
  } catch {
    announce(copyByHand(text) ? `${what} copied` : "This browser only allows copying over HTTPS");
  }
}

/** Where the page came over plain HTTP there is no clipboard object, but the old command still works. */
function copyByHand(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  area.className = "fixed top-0 opacity-0";
  (document.querySelector('[role="dialog"]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
