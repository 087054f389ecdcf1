import { useState } from "react";
import { titleOf } from "../text/title";
import { copy } from "../toast/copy";
import { wallLink } from "../url/navigation";
import { keptIn, type Shown } from "../url/shownOn";
import { TURNS } from "../url/wall";
import { Dialog } from "../widgets/Dialog";

/** A link for a screen on the wall: what of all that can be shown, and how long each. */
export function WallDialog({ all, onClose }: { all: readonly Shown[]; onClose: () => void }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(all.map((one) => one.name)));
  const [seconds, setSeconds] = useState<number>(30);
  const names = all.map((one) => one.name).filter((name) => chosen.has(name));
  const link = wallLink({ names: names.length === all.length ? [] : names, seconds });
  const toggle = (name: string) => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    setChosen(next);
  };
  return (
    <Dialog title="Show on a wall" open onClose={onClose}>
      <div className="flex flex-col gap-4">
        <p className="text-soft">
          Large type, live, nothing to click. The link carries no key: where reading needs one, the screen is asked
          once.
        </p>
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1 font-medium">Views and dashboards, in turn</legend>
          {all.map((one) => (
            <label key={one.name} className="flex min-h-6 items-center gap-2">
              <input type="checkbox" checked={chosen.has(one.name)} onChange={() => toggle(one.name)} />
              {titleOf(keptIn(one))}
            </label>
          ))}
        </fieldset>
        <label>
          <span className="mb-1 block font-medium">Each for</span>
          <select
            className="field h-8! max-w-40"
            value={seconds}
            onChange={(event) => setSeconds(Number(event.target.value))}
          >
            {TURNS.map((turn) => (
              <option key={turn} value={turn}>
                {turn < 60 ? `${turn} seconds` : `${turn / 60} min`}
              </option>
            ))}
          </select>
        </label>
        <p className="mono break-all rounded-lg bg-panel px-3 py-2" data-testid="wall-link">
          {names.length > 0 ? link : "Choose a view."}
        </p>
        <div className="flex justify-end gap-2">
          <button type="button" className="button" disabled={names.length === 0} onClick={() => copy(link, "Link")}>
            Copy link
          </button>
          {names.length > 0 ? (
            <a href={link} target="_blank" rel="noreferrer" className="button primary">
              Open
            </a>
          ) : (
            <button type="button" className="button primary" disabled>
              Open
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}
