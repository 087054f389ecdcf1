import { Bookmark } from "lucide-react";
import { lazy, Suspense } from "react";
import { Popup } from "../widgets/Popup";

const SavedList = lazy(() => import("./SavedList"));

/** What was saved of the logs to be looked at again, and ways to save what is looked at now. */
export function SavedMenu() {
  return (
    <Popup
      label="Saved views"
      className="button plain"
      place="top-full right-0 mt-1.5 w-80"
      button={<Bookmark size={16} aria-hidden />}
    >
      {(close) => (
        <Suspense fallback={<p className="px-2 py-1.5 text-faint">Loading…</p>}>
          <SavedList onDone={close} />
        </Suspense>
      )}
    </Popup>
  );
}
