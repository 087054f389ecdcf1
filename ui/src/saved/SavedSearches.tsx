import { Popover } from "@base-ui/react/popover";
import { Bookmark, Trash2 } from "lucide-react";
import { useState } from "react";
import { changeSavedSearches, useSavedSearches } from "../config/config";
import { announce } from "../shell/announce";
import { currentView, navigateTo } from "../url/useView";
import { formatView } from "../url/view";

/** Searches by name, kept in this browser: filters, range, and live or not. */
export function SavedSearches() {
  const saved = useSavedSearches();
  const [name, setName] = useState("");
  const [open, setOpen] = useState(false);
  const add = () => {
    const search = formatView({ ...currentView(), entry: null, around: null, statistics: false });
    changeSavedSearches([...saved.filter((one) => one.name !== name.trim()), { name: name.trim(), search }]);
    setName("");
    announce("Search saved");
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="button plain" aria-label="Saved searches" title="Saved searches">
        <Bookmark size={16} aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="z-30">
          <Popover.Popup className="popup w-72" aria-label="Saved searches">
            <ul>
              {saved.map((one) => (
                <li key={one.name} className="group flex items-center">
                  <button
                    type="button"
                    className="item min-w-0 flex-1 hover:bg-wash"
                    onClick={() => {
                      navigateTo(one.search);
                      setOpen(false);
                    }}
                  >
                    <span className="truncate">{one.name}</span>
                  </button>
                  <button
                    type="button"
                    className="button plain small"
                    aria-label={`Delete ${one.name}`}
                    onClick={() => changeSavedSearches(saved.filter((other) => other !== one))}
                  >
                    <Trash2 size={13} aria-hidden />
                  </button>
                </li>
              ))}
              {saved.length === 0 && <li className="px-2 py-1.5 text-faint">None yet.</li>}
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
                aria-label="Name of this search"
                placeholder="Name of this search"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
              <button type="submit" className="button" disabled={!name.trim()}>
                Save
              </button>
            </form>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
