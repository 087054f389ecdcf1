import { Menu } from "@base-ui/react/menu";
import { ArrowUp, ChevronDown } from "lucide-react";
import { feed } from "../live/feed";
import { useFeed } from "../live/useFeed";

/** Back to following: from now, or first what came meanwhile. */
export function Resume({ onNow }: { onNow: () => void }) {
  const following = useFeed((state) => state.buffer.following);
  const waiting = useFeed((state) => state.buffer.waiting);
  if (following) return null;
  return (
    <span className="flex">
      <button type="button" className="button primary small rounded-r-none!" onClick={onNow}>
        <ArrowUp size={13} aria-hidden />
        {waiting > 0 ? `${waiting.toLocaleString("en")} new · resume` : "Resume"}
      </button>
      <Menu.Root>
        <Menu.Trigger
          className="button primary small rounded-l-none! border-l-on-accent/30! px-1!"
          aria-label="How to resume"
        >
          <ChevronDown size={13} aria-hidden />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={6} align="end" side="top" className="z-30">
            <Menu.Popup className="popup w-64">
              <Menu.Item className="item" disabled={waiting === 0} onClick={feed.resumeFromHere}>
                From where I paused
              </Menu.Item>
              <Menu.Item className="item" onClick={onNow}>
                From now
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </span>
  );
}
