import { useSyncExternalStore } from "react";
import { feed, type Snapshot } from "./feed";

/** What a component needs of the live stream; it is rendered again when that changes. */
export function useFeed<T>(select: (snapshot: Snapshot) => T): T {
  return useSyncExternalStore(feed.subscribe, () => select(feed.get()));
}
