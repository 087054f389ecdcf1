// One short line that is shown for some seconds and read to those who don't see it: "Link copied".
import { Store, useStore } from "../state/store";

const SHOWN = 4000;
const line = new Store("");
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  clearTimeout(timer);
  line.set(text);
  timer = setTimeout(() => line.set(""), SHOWN);
}

export const useAnnouncement = (): string => useStore(line);
