// The one control of the live list: go live, pause, resume; what else there is stands in its menu.
import { ArrowUp, ChevronDown, Pause, Radio } from "lucide-react";
import { liveStream, useLive } from "../live/liveStream";
import { fullCount } from "../text/count";
import { navigate } from "../url/navigation";
import { type MenuItem, PopupMenu } from "../widgets/PopupMenu";

interface Props {
  live: boolean;
  /** Follow again, from now. */
  onResume: () => void;
}

export function LiveControl({ live, onResume }: Props) {
  const following = useLive((state) => state.buffer.following);
  const waiting = useLive((state) => state.buffer.waiting);
  if (!live) {
    return (
      <button
        type="button"
        className="button"
        title="Show entries as they arrive"
        onClick={() => navigate({ live: true, around: null })}
      >
        <Radio size={14} aria-hidden className="text-faint" />
        Go live
      </button>
    );
  }
  const resuming: MenuItem[] = [
    { name: "From where I paused", disabled: waiting === 0, act: liveStream.resumeFromHere },
    { name: "From now", act: onResume },
  ];
  const colours = following ? "" : "primary";
  return (
    <span className="flex">
      <button
        type="button"
        className={`button rounded-r-none! sm:min-w-24 tabular-nums ${colours}`}
        title={following ? "Pause (Space)" : "Resume (Space)"}
        onClick={following ? liveStream.pause : onResume}
      >
        {following ? <Pause size={14} aria-hidden /> : <ArrowUp size={14} aria-hidden />}
        {following ? "Pause" : resumeText(waiting)}
      </button>
      <PopupMenu
        label="Live options"
        place="right-0 top-full mt-1.5 max-sm:right-auto max-sm:left-0"
        className={`button rounded-l-none! border-l-0! px-1! ${colours}`}
        items={[
          ...(following ? [] : resuming),
          { name: "Stop live, search stored entries", act: () => navigate({ live: false }) },
        ]}
      >
        <ChevronDown size={13} aria-hidden />
      </PopupMenu>
    </span>
  );
}

const resumeText = (waiting: number): string => (waiting > 0 ? `${fullCount(waiting)} new · resume` : "Resume");
