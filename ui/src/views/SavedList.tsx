// The views of the team, the searches of this browser, and what can be made of the screen.
import { BellPlus, Trash2, Users } from "lucide-react";
import { useState } from "react";
import { useAlerts, useViewsQuery } from "../api/kept";
import { deleteSearch, saveSearch, useSavedSearches } from "../saved/searches";
import { make } from "../state/making";
import { titleOf } from "../text/title";
import { announce } from "../toast/announce";
import { currentView, navigateTo } from "../url/navigation";
import { openKept } from "../url/openKept";
import { formatView } from "../url/view";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { IconButton } from "../widgets/IconButton";
import { MoveSearches } from "./MoveSearches";

export default function SavedList({ onDone }: { onDone: () => void }) {
  const { data, error, retry } = useViewsQuery();
  const views = data?.views ?? null;
  const searches = useSavedSearches();
  const hasAlerts = useAlerts() !== null;
  const begin = (made: "view" | "alert") => {
    onDone();
    make(made);
  };
  return (
    <>
      {error && <ErrorBanner error={error} onRetry={retry} />}
      {views !== null && (
        <section aria-label="Views of the team" className="mb-1 border-line border-b pb-1">
          <p className="label px-2 pt-1.5 pb-1">Team</p>
          <ul className="max-h-60 overflow-y-auto">
            {views.map((one) => (
              <li key={one.name}>
                <button
                  type="button"
                  className="item hover:bg-wash"
                  title={one.description}
                  onClick={() => {
                    onDone();
                    openKept(one);
                  }}
                >
                  <span className="truncate">{titleOf(one)}</span>
                </button>
              </li>
            ))}
          </ul>
          <button type="button" className="item text-accent hover:bg-wash" onClick={() => begin("view")}>
            <Users size={14} aria-hidden /> Share this view…
          </button>
          {hasAlerts && (
            <button type="button" className="item text-accent hover:bg-wash" onClick={() => begin("alert")}>
              <BellPlus size={14} aria-hidden /> Alert on this…
            </button>
          )}
        </section>
      )}
      <section aria-label="Searches in this browser">
        {views !== null && <p className="label px-2 pt-1.5 pb-1">This browser</p>}
        <ul className="max-h-60 overflow-y-auto">
          {searches.map((one) => (
            <li key={one.name} className="group flex items-center">
              <button
                type="button"
                className="item min-w-0 flex-1 hover:bg-wash"
                onClick={() => {
                  onDone();
                  navigateTo(one.search);
                }}
              >
                <span className="truncate">{one.name}</span>
              </button>
              <IconButton
                icon={Trash2}
                label={`Delete ${one.name}`}
                size="small"
                onClick={() => deleteSearch(one.name)}
              />
            </li>
          ))}
          {searches.length === 0 && <li className="px-2 py-1.5 text-faint">No saved searches yet.</li>}
        </ul>
        {views !== null && searches.length > 0 && <MoveSearches searches={searches} views={views} />}
        <NewSearch />
      </section>
    </>
  );
}

function NewSearch() {
  const [name, setName] = useState("");
  const add = () => {
    saveSearch(name.trim(), formatView({ ...currentView(), entry: null, around: null, statistics: false, marks: [] }));
    setName("");
    announce("Search saved");
  };
  return (
    <form
      className="mt-1 flex gap-2 border-line border-t p-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) add();
      }}
    >
      <input
        className="field"
        aria-label="Name for this search"
        placeholder="Name for this search"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button" disabled={!name.trim()}>
        Save
      </button>
    </form>
  );
}
