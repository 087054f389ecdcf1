import { Bookmark, Trash2 } from "lucide-react";
import { useState } from "react";
import { announce } from "../toast/announce";
import { currentView, navigateTo } from "../url/navigation";
import { formatView } from "../url/view";
import { IconButton } from "../widgets/IconButton";
import { Popup } from "../widgets/Popup";
import { deleteSearch, saveSearch, useSavedSearches } from "./searches";

/** Searches by name, kept in this browser: filters, range, and live or not. */
export function SavedSearches() {
  const saved = useSavedSearches();
  const [name, setName] = useState("");
  const add = () => {
    saveSearch(name.trim(), formatView({ ...currentView(), entry: null, around: null, statistics: false }));
    setName("");
    announce("Search saved");
  };
  return (
    <Popup
      label="Saved searches"
      className="button plain"
      place="top-full right-0 mt-1.5 w-72"
      button={<Bookmark size={16} aria-hidden />}
    >
      {(close) => (
        <>
          <ul>
            {saved.map((one) => (
              <li key={one.name} className="group flex items-center">
                <button
                  type="button"
                  className="item min-w-0 flex-1 hover:bg-wash"
                  onClick={() => {
                    close();
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
            {saved.length === 0 && <li className="px-2 py-1.5 text-faint">No saved searches yet.</li>}
          </ul>
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
        </>
      )}
    </Popup>
  );
}
