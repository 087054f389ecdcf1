// The keys of the list: rows chosen and opened, errors looked for. In a search, an error that is not loaded is asked for.
import { type RefObject, useState } from "react";
import { fetchPage, placeOf } from "../api/entries";
import { useEndpoint, useIsComplete } from "../api/server";
import { isError, type LogEntry } from "../entries/entry";
import { entryOf } from "../entries/row";
import type { Command } from "../keys/keys";
import type { ListHandle } from "../list/LogList";
import type { Rows } from "../list/rows";
import { feed } from "../live/feed";
import { SEARCH_ID } from "../search/SearchBox";
import { openDialog } from "../state/dialogs";
import { announce } from "../toast/announce";
import { navigate } from "../url/navigation";
import { toParams, type View } from "../url/view";

interface Given {
  rows: Rows;
  list: RefObject<ListHandle | null>;
  view: View;
  live: boolean;
  at: number;
  onToggle: (id: string) => void;
  onResume: () => void;
}

const SAME_MOMENT = 50;

export function useListCommands({ rows, list, view, live, at, onToggle, onResume }: Given) {
  const endpoint = useEndpoint();
  const complete = useIsComplete();
  const [selected, setSelected] = useState<string | null>(null);
  const index = selected === null ? -1 : rows.indexOf(selected);

  const choose = (to: number) => {
    const row = rows.at(to);
    if (!row) return;
    if (live) feed.pause();
    setSelected(row.id);
    list.current?.show(to);
  };
  const start = () => (index >= 0 ? index : (list.current?.seen().first ?? 0) - 1);

  const nextError = async (direction: 1 | -1) => {
    for (let to = (index >= 0 ? index : -1) + direction; to >= 0 && to < rows.count; to += direction) {
      const row = rows.at(to);
      if (row === undefined) break;
      if (row.kind === "entry" && isError(row.level)) return choose(to);
    }
    const from = index >= 0 ? rows.at(index) : undefined;
    if (live || view.around || !complete || from?.kind !== "entry") {
      if (!(await searchFromTop(direction))) announce(direction > 0 ? "No further error" : "No error above");
      return;
    }
    await seek(entryOf(from), direction);
  };

  /** Without a chosen row the search begins at the newest. */
  const searchFromTop = async (direction: 1 | -1): Promise<boolean> => {
    if (live || view.around || !complete || direction < 0) return false;
    const page = await fetchPage(endpoint, {
      ...toParams(view, at, true),
      min_level: "error",
      limit: "1",
      total: "false",
    });
    const found = page.rows[0];
    if (found) await goTo(entryOf(found));
    return found !== undefined;
  };

  const seek = async (from: LogEntry, direction: 1 | -1) => {
    const params = toParams(view, at, true);
    const bound: Record<string, string> =
      direction > 0 ? { date_to: from.timestamp } : { date_from: from.timestamp, order: "asc" };
    const page = await fetchPage(endpoint, {
      ...params,
      ...bound,
      min_level: "error",
      limit: String(SAME_MOMENT),
      total: "false",
    });
    const found = page.rows.map(entryOf).find((entry) => {
      if (entry.timestamp === from.timestamp) return direction > 0 ? entry.id < from.id : entry.id > from.id;
      return true;
    });
    if (found) await goTo(found);
    else announce(direction > 0 ? "No further error" : "No error above");
  };

  const goTo = async (entry: LogEntry) => {
    const place = await placeOf(endpoint, entry, toParams(view, at, true));
    setSelected(entry.id);
    list.current?.show(place, "center");
  };

  const act = (command: Command) => {
    switch (command) {
      case "search":
        return document.getElementById(SEARCH_ID)?.focus();
      case "down":
        return choose(Math.min(rows.count - 1, start() + 1));
      case "up":
        return choose(Math.max(0, start() - (index >= 0 ? 1 : 0)));
      case "open":
        return selected !== null && index >= 0 ? onToggle(selected) : undefined;
      case "nextError":
        return void nextError(1).catch((error: Error) => announce(error.message));
      case "previousError":
        return void nextError(-1).catch((error: Error) => announce(error.message));
      case "pause":
        if (!live) return undefined;
        return feed.get().buffer.following ? feed.pause() : onResume();
      case "top":
        return live ? onResume() : list.current?.toTop();
      case "close":
        if (view.entry) return navigate({ entry: null });
        if (view.around) return navigate({ around: null });
        return setSelected(null);
      case "help":
        return openDialog("keys");
      case "palette":
        return openDialog("palette");
    }
  };
  return { selected, setSelected, act };
}
