// The keys of the list: rows chosen and opened, errors looked for. In a search, an error that is not loaded is asked for.
import { type RefObject, useCallback, useRef, useState } from "react";
import { fetchIndex, fetchPage } from "../api/entries";
import { useEndpoint, useIsExtended } from "../api/server";
import { isError, type LogEntry } from "../entries/entry";
import { entryOf } from "../entries/row";
import type { Command } from "../keys/keys";
import type { ListHandle } from "../list/LogList";
import type { RowSource } from "../list/rowSource";
import { liveStream } from "../live/liveStream";
import { SEARCH_ID } from "../search/SearchBox";
import { openDialog } from "../state/dialogs";
import { announce } from "../toast/announce";
import { navigate } from "../url/navigation";
import { type Params, paramsOf, type Question } from "../url/question";

interface Given {
  rows: RowSource;
  list: RefObject<ListHandle | null>;
  question: Question;
  /** The opened entry's id. */
  opened: string | null;
  onResume: () => void;
}

type Direction = "down" | "up";

const SAME_MOMENT = 50;

export function useListCommands({ rows, list, question, opened, onResume }: Given) {
  const endpoint = useEndpoint();
  const extended = useIsExtended();
  const [selected, setSelected] = useState<string | null>(null);
  const index = selected === null ? -1 : rows.indexOf(selected);
  const isLive = question.kind === "live";

  const latestOpened = useRef(opened);
  latestOpened.current = opened;
  const toggle = useCallback((id: string) => {
    setSelected(id);
    navigate({ entry: id === latestOpened.current ? null : id });
  }, []);

  const choose = (to: number) => {
    const row = rows.at(to);
    if (!row) return;
    if (isLive) liveStream.pause();
    setSelected(row.id);
    list.current?.show(to);
  };
  const firstSeen = () => list.current?.firstSeen() ?? 0;

  const nextError = async (direction: Direction) => {
    const step = direction === "down" ? 1 : -1;
    for (let to = index + step; to >= 0 && to < rows.count; to += step) {
      const row = rows.at(to);
      if (row === undefined) break;
      if (row.kind === "entry" && isError(row.level)) return choose(to);
    }
    const from = index >= 0 ? rows.at(index) : undefined;
    const found = await searchError(from?.kind === "entry" ? entryOf(from) : null, direction);
    if (found) await goTo(found);
    else announce(direction === "down" ? "No more errors below" : "No more errors above");
  };

  /** The next error of a search that is not loaded. Without a chosen row it begins at the newest. */
  const searchError = async (from: LogEntry | null, direction: Direction): Promise<LogEntry | undefined> => {
    if (question.kind !== "search" || !extended) return undefined;
    if (from === null && direction === "up") return undefined;
    const params: Params = { ...paramsOf(question), min_level: "error", total: "false" };
    params.limit = String(from === null ? 1 : SAME_MOMENT);
    if (from && direction === "down") params.date_to = from.timestamp;
    if (from && direction === "up") Object.assign(params, { date_from: from.timestamp, order: "asc" });
    const page = await fetchPage(endpoint, params);
    return page.rows.map(entryOf).find((entry) => {
      if (entry.timestamp !== from?.timestamp) return true;
      return direction === "down" ? entry.id < from.id : entry.id > from.id;
    });
  };

  const goTo = async (entry: LogEntry) => {
    const place = await fetchIndex(endpoint, entry, paramsOf(question));
    setSelected(entry.id);
    list.current?.show(place, "center");
  };

  const tell = (error: Error) => announce(error.message);
  const act = (command: Command) => {
    switch (command) {
      case "search":
        return document.getElementById(SEARCH_ID)?.focus();
      case "down":
        return choose(Math.min(rows.count - 1, index >= 0 ? index + 1 : firstSeen()));
      case "up":
        return choose(Math.max(0, (index >= 0 ? index : firstSeen()) - 1));
      case "open":
        return selected !== null && index >= 0 ? toggle(selected) : undefined;
      case "nextError":
        return void nextError("down").catch(tell);
      case "previousError":
        return void nextError("up").catch(tell);
      case "pause":
        if (!isLive) return undefined;
        return liveStream.state.buffer.following ? liveStream.pause() : onResume();
      case "top":
        return isLive ? onResume() : list.current?.toTop();
      case "close":
        if (opened) return navigate({ entry: null });
        if (question.around) return navigate({ around: null });
        return setSelected(null);
      case "help":
        return openDialog("keys");
      case "palette":
        return openDialog("palette");
    }
  };
  return { selected, toggle, act };
}
