import { navigate } from "../url/navigation";
import { PAGE_TITLES, type PageName } from "../url/view";

/** The pages this server has; nothing to choose where there is one. */
export function PageTabs({ page, offered }: { page: PageName; offered: readonly PageName[] }) {
  if (offered.length < 2) return null;
  return (
    <nav aria-label="Pages" className="flex gap-0.5">
      {offered.map((name) => (
        <button
          key={name}
          type="button"
          aria-current={name === page ? "page" : undefined}
          className="button plain aria-[current]:bg-wash aria-[current]:text-ink"
          onClick={() => navigate({ page: name, entry: null, around: null })}
        >
          {PAGE_TITLES[name]}
        </button>
      ))}
    </nav>
  );
}
