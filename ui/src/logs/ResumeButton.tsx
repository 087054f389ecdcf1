import { ArrowUp, ChevronDown } from "lucide-react";
import { liveStream, useLive } from "../live/liveStream";
import { fullCount } from "../text/count";
import { PopupMenu } from "../widgets/PopupMenu";

/** Back to following: from now, or first what came meanwhile. */
export function ResumeButton({ onNow }: { onNow: () => void }) {
  const following = useLive((state) => state.buffer.following);
  const waiting = useLive((state) => state.buffer.waiting);
  if (following) return null;
  return (
    <span className="flex">
      <button type="button" className="button primary small rounded-r-none!" onClick={onNow}>
        <ArrowUp size={13} aria-hidden />
        {waiting > 0 ? `${fullCount(waiting)} new · resume` : "Resume"}
      </button>
      <PopupMenu
        label="Resume options"
        place="right-0 bottom-full mb-1.5"
        className="button primary small rounded-l-none! border-l-on-accent/30! px-1!"
        items={[
          { name: "From where I paused", disabled: waiting === 0, act: liveStream.resumeFromHere },
          { name: "From now", act: onNow },
        ]}
      >
        <ChevronDown size={13} aria-hidden />
      </PopupMenu>
    </span>
  );
}
