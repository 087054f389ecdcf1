// Up to four pages of logs beside each other. Each is the page as it is alone, in a frame, with a screen, a live stream,
// keys and a width of its own; here are only their places, and which of them has the keys.
import { Plus, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { openDialog } from "../state/dialogs";
import { useNarrow } from "../state/media";
import type { FromSide } from "../state/side";
import { announce } from "../toast/announce";
import { currentSides, showSides } from "../url/navigation";
import { beside, MOST_SIDES } from "../url/sides";
import { IconButton } from "../widgets/IconButton";
import { SideFrame } from "./SideFrame";
import { sideTitle } from "./sideTitle";

interface Side {
  key: number;
  /** The query string of what it shows. */
  search: string;
}

export default function SplitPage() {
  const [first] = useState(currentSides);
  const [sides, setSides] = useState<readonly Side[]>(
    () => first?.screens.map((search, key) => ({ key, search })) ?? [],
  );
  /** The key of the side that has the keys. */
  const [current, setCurrent] = useState(first?.current ?? 0);
  const frames = useRef(new Map<number, HTMLIFrameElement>());
  const narrow = useNarrow(1024);
  useEffect(() => {
    const screens = sides.map(({ search }) => search);
    showSides({ screens, current: sides.findIndex(({ key }) => key === current) }, screens.length > 1);
  }, [sides, current]);
  useEffect(() => frames.current.get(current)?.contentWindow?.focus(), [current]);
  useEffect(() => focusMain, []);

  const choose = (key: number) => {
    setCurrent(key);
    frames.current.get(key)?.contentWindow?.focus();
  };
  const add = (at: number) => {
    if (sides.length === MOST_SIDES) return announce(`No more than ${MOST_SIDES} lists beside each other`);
    const key = Math.max(...sides.map((side) => side.key)) + 1;
    setSides(sides.toSpliced(at + 1, 0, { key, search: beside(sides[at]?.search ?? "") }));
    setCurrent(key);
  };
  const close = (at: number) => {
    const left = sides.toSpliced(at, 1);
    setSides(left);
    choose(sides[at]?.key === current ? (left[Math.min(at, left.length - 1)]?.key ?? 0) : current);
  };
  const take = (at: number, message: FromSide) => {
    switch (message.type) {
      case "view":
        return setSides((now) => now.map((one, index) => (index === at ? { ...one, search: message.search } : one)));
      case "settings":
        return openDialog("settings", message.why);
      case "add":
        return add(at);
      case "next":
        return choose(sides[(at + 1) % sides.length]?.key ?? 0);
      case "close":
        return close(at);
    }
  };
  return (
    <>
      <header className="shrink-0 border-line border-b bg-panel">
        <h1 className="sr-only">logstream: split view</h1>
        <nav aria-label="Sides" className="flex divide-x divide-line">
          {sides.map(({ key, search }, at) => {
            const title = sideTitle(at, search);
            const isCurrent = key === current;
            return (
              <div
                key={key}
                className={`flex flex-1 items-center border-t-2 ${isCurrent ? "border-t-accent bg-wash" : "border-t-transparent"}`}
              >
                <button
                  type="button"
                  aria-current={isCurrent ? "true" : undefined}
                  title={title}
                  className="h-8 w-0 min-w-11 flex-1 truncate px-3 text-left font-medium text-soft aria-[current]:text-ink"
                  onClick={() => choose(key)}
                >
                  {title}
                </button>
                {(isCurrent || !narrow) && (
                  <IconButton icon={X} label={`Close side ${at + 1}`} size="small" onClick={() => close(at)} />
                )}
                {at === sides.length - 1 && (
                  <IconButton
                    icon={Plus}
                    label="Add a side"
                    size="small"
                    disabled={sides.length === MOST_SIDES}
                    onClick={() => add(at)}
                  />
                )}
              </div>
            );
          })}
        </nav>
      </header>
      <main className="relative flex min-h-0 flex-1 divide-x divide-strong">
        {sides.map(({ key, search }, at) => (
          <SideFrame
            key={key}
            search={search}
            title={sideTitle(at, search)}
            place={narrow ? `absolute inset-0 ${key === current ? "" : "invisible"}` : "flex-1"}
            focused={key === current}
            onFrame={(frame) => {
              frames.current.set(key, frame);
              return () => frames.current.delete(key);
            }}
            onFocus={() => setCurrent(key)}
            onTold={(message) => take(at, message)}
          />
        ))}
      </main>
    </>
  );
}

/** Whoever closed all sides but one goes on in what is left. */
function focusMain(): void {
  document.querySelector("main")?.focus();
}
