// The keys of the list: rows chosen and opened, errors and ends looked for. What is not loaded, the server is asked for.
import { type RefObject, useCallback, useRef, useState } from "react";
import { fetchIndex } from "../api/entries";
import { useEndpoint, useIsExtended } from "../api/server";
import { isError, type LogEntry } from "../entries/entry";
import { entryOf } from "../entries/row";
import { focusChoice } from "../keys/choices";
import type { Command } from "../keys/keys";
import type { ListHandle } from "../list/LogList";
import type { RowSource } from "../list/rowSource";
import { liveStream } from "../live/liveStream";
import { SEARCH_ID } from "../search/SearchBox";
import { openDialog } from "../state/dialogs";
import { tellFrame } from "../state/side";
import { announce } from "../toast/announce";
import { exactValue } from "../url/filters";
import type { Show } from "../url/look";
import { currentView, navigate, split } from "../url/navigation";
import { listParams, openParams, type Params, paramsOf, type Question } from "../url/question";
import { withToggledMark } from "../url/view";
import { FIND_ID } from "./FindBar";
import { type Direction, fetchNext } from "./fetchNext";

interface Given {
  rows: RowSource;
  list: RefObject<ListHandle | null>;
  question: Question;
  /** The entry whose surroundings are shown. */
  centre: LogEntry | null;
  /** The opened entry's id. */
  opened: string | null;
  onResume: () => void;
}

/** What says nothing where entries are not shown one by one. */
const OF_LIST: ReadonlySet<Command> = new Set([
  "open",
  "nextError",
  "previousError",
  "firstError",
  "lastError",
  "mark",
  "find",
  "top",
  "bottom",
]);
const ERRORS: Params = { min_level: "error" };

export function useListCommands({ rows, list, question, centre, opened, onResume }: Given) {
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
  /** What is looked for in the loaded rows; null: nothing. */
  const [find, setFind] = useState<string | null>(null);
  const mark = () => {
    const row = index >= 0 ? rows.at(index) : undefined;
    if (row?.kind !== "entry") return announce("Choose a row to mark: j and k");
    navigate({ marks: withToggledMark(currentView().marks, row.id) }, true);
  };
  const firstSeen = () => list.current?.firstSeen() ?? 0;

  /** What the rows are of: the matches, or all that an entry's application logged. */
  const scope = (): Params => {
    if (question.kind === "search") return paramsOf(question);
    if (question.kind === "live" || !centre) return openParams(question, Date.now());
    return { app_key: exactValue(centre.app_key), app_id: exactValue(centre.app_id) };
  };
  const isDown = (direction: Direction) => (direction === "older") === (question.order === "desc");

  /** The next error that way, or without a place to begin at the first one; asked for where rows between aren't loaded. */
  const goToError = async (direction: Direction, from: number | null) => {
    const step = isDown(direction) ? 1 : -1;
    const begin = from ?? (step > 0 ? -1 : rows.count);
    for (let to = begin + step; to >= 0 && to < rows.count; to += step) {
      const row = rows.at(to);
      if (row?.kind !== "entry") break;
      if (isError(row.level)) return choose(to);
    }
    const row = from === null ? undefined : rows.at(from);
    const found = extended && (await fetchNext(endpoint, { ...scope(), ...ERRORS }, direction, entryIn(row)));
    if (found) await goTo(found);
    else announce(step > 0 ? "No more errors below" : "No more errors above");
  };

  const goToBottom = async () => {
    if (question.kind === "search") return list.current?.show(rows.count - 1, "start");
    const found = extended && (await fetchNext(endpoint, scope(), isDown("older") ? "newer" : "older", null));
    if (found) await goTo(found);
    else choose(rows.count - 1);
  };

  const goTo = async (entry: LogEntry) => {
    const loaded = rows.indexOf(entry.id);
    if (loaded >= 0) return choose(loaded);
    setSelected(entry.id);
    if (question.kind === "around") return navigate({ around: entry.id, entry: null });
    if (isLive) return navigate({ live: false, entry: entry.id });
    list.current?.show(await fetchIndex(endpoint, entry, listParams(question)), "center");
  };

  const tell = (error: Error) => announce(error.message);
  const act = (command: Command) => {
    const isListed = currentView().show === "entries" || question.kind === "around";
    if (!isListed && (command === "down" || command === "up")) return focusChoice(command === "down" ? 1 : -1);
    if (!isListed && OF_LIST.has(command)) return undefined;
    const start = index >= 0 ? index : null;
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
        return void goToError(isDown("older") ? "older" : "newer", start).catch(tell);
      case "previousError":
        return void goToError(isDown("older") ? "newer" : "older", start).catch(tell);
      case "firstError":
        return void goToError("newer", null).catch(tell);
      case "lastError":
        return void goToError("older", null).catch(tell);
      case "pause":
        if (!isLive) return undefined;
        return liveStream.state.buffer.following ? liveStream.pause() : onResume();
      case "mark":
        return mark();
      case "find":
        document.getElementById(FIND_ID)?.focus(); // it is open already
        return setFind((known) => known ?? "");
      case "top":
        return isLive ? onResume() : list.current?.toTop();
      case "bottom":
        return void goToBottom().catch(tell);
      case "patterns":
      case "compare":
        return show(command);
      case "split":
        return split();
      case "nextSide":
        return tellFrame({ type: "next" });
      case "close":
        if (!isListed) return navigate({ show: "entries" });
        if (opened) return navigate({ entry: null });
        if (find !== null) return setFind(null);
        if (question.around) return navigate({ around: null });
        return setSelected(null);
      case "help":
        return openDialog("keys");
      case "palette":
        return openDialog("palette");
    }
  };
  return { selected, index, toggle, choose, act, find, setFind };
}

/** Look at the matches in another way, or again one by one. */
function show(wanted: Show): void {
  navigate({ show: currentView().show === wanted ? "entries" : wanted, around: null, entry: null });
}

const entryIn = (row: ReturnType<RowSource["at"]>): LogEntry | null => (row?.kind === "entry" ? entryOf(row) : null);
