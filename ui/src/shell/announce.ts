// One short line that is shown for some seconds and read to those who don't see it: "Copied", "No further error".
import { Store, useStore } from "../state/store";

const SHOWN = 4000;
const line = new Store({ text: "", number: 0 });
let timer: ReturnType<typeof setTimeout> | undefined;

function set(text: string): void {
  line.set({ text, number: line.get().number + 1 });
}

export function announce(text: string): void {
  clearTimeout(timer);
  set(text);
  timer = setTimeout(() => set(""), SHOWN);
}

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
  } catch {
    announce(copyByHand(text) ? `${what} copied` : "This browser allows copying over HTTPS only");
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

export const useAnnouncement = () => useStore(line);
