import { OWN_SERVER } from "../config/ownServer";
import { getConfig } from "../config/useConfig";
import { liveEndpoint } from "../live/endpoint";
import { liveStream } from "../live/liveStream";
import { currentPlace, currentSides, currentView } from "../url/navigation";
import { filterOf } from "../url/question";
import type { View } from "../url/view";
import { readWall } from "../url/wall";

/** Whether a screen shows what arrives. */
export const isStreamed = ({ page, live, around }: View): boolean => page === "logs" && live && around === null;

/** Connect before anything is rendered, where the screen is known: the search for what is stored waits for it. */
export function openStream(): void {
  const view = currentView();
  if (!isStreamed(view) || currentPlace() !== null || currentSides() !== null || readWall(location.search)) return;
  liveStream.setFilter(filterOf(view));
  liveStream.start(liveEndpoint(getConfig(), true, OWN_SERVER));
}
