import { lastName } from "../range/rangeNames";
import { titleOf } from "../text/title";
import type { Range } from "../url/range";

/** What the wall shows, and of which time. */
export function WallTitle({
  kept,
  range,
}: {
  kept: { name: string; title?: string; description?: string };
  range: Range;
}) {
  return (
    <div className="min-w-0">
      <h1 className="font-semibold text-[2em] leading-tight tracking-tight">{titleOf(kept)}</h1>
      <p className="text-soft">
        {[kept.description, "last" in range ? lastName(range.last) : ""].filter(Boolean).join(" · ")}
      </p>
    </div>
  );
}
