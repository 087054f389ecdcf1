// One short line that is shown for some seconds and read to those who don't see it: "Copied", "No further error".
import { useSyncExternalStore } from "react";

const SHOWN = 4000;
let line = { text: "", number: 0 };
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(text: string): void {
  line = { text, number: line.number + 1 };
  for (const listener of listeners) listener();
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

export const useAnnouncement = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => line,
  );
