import { ChevronDown } from "lucide-react";
import { isFiring, useAlerts } from "../api/kept";
import { useNarrow } from "../state/media";
import { navigate } from "../url/navigation";
import { PAGE_TITLES, type PageName } from "../url/view";
import { PopupMenu } from "../widgets/PopupMenu";

const go = (page: PageName) => navigate({ page, entry: null, around: null });

/** The pages this server has; nothing to choose where there is one. */
export function PageTabs({ page, offered }: { page: PageName; offered: readonly PageName[] }) {
  const firing = useAlerts()?.filter(isFiring).length ?? 0;
  const narrow = useNarrow(640);
  if (offered.length < 2) return null;
  if (narrow) {
    return (
      <nav aria-label="Pages">
        <PopupMenu
          label={`Page: ${PAGE_TITLES[page]}${firing > 0 ? ` ${firing} firing` : ""}`}
          title="Pages"
          className="button plain"
          place="top-full left-0 mt-1.5"
          items={offered.map((name) => ({ name: PAGE_TITLES[name], act: () => go(name) }))}
        >
          {PAGE_TITLES[page]} {firing > 0 && <FiringBadge count={firing} />}
          <ChevronDown size={12} aria-hidden className="text-faint" />
        </PopupMenu>
      </nav>
    );
  }
  return (
    <nav aria-label="Pages" className="flex gap-0.5">
      {offered.map((name) => (
        <button
          key={name}
          type="button"
          aria-current={name === page ? "page" : undefined}
          className="button plain aria-[current]:bg-wash aria-[current]:text-ink"
          onClick={() => go(name)}
        >
          {PAGE_TITLES[name]}
          {name === "alerts" && firing > 0 && <FiringBadge count={firing} />}
        </button>
      ))}
    </nav>
  );
}

function FiringBadge({ count }: { count: number }) {
  return (
    <span className="rounded-full bg-error px-1.5 font-semibold text-2xs text-page tabular-nums">
      {count}
      <span className="sr-only"> firing</span>
    </span>
  );
}
