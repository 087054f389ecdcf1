// How the matches are looked at: one by one, by the pattern of their messages, or beside others.
import { GitCompareArrows, Layers3, List } from "lucide-react";
import type { ReactNode } from "react";
import type { Show } from "../url/look";
import { navigate } from "../url/navigation";

const LOOKS = [
  { show: "entries", name: "Entries", icon: List, key: "Esc" },
  { show: "patterns", name: "Patterns", icon: Layers3, key: "p" },
  { show: "compare", name: "Compare", icon: GitCompareArrows, key: "c" },
] as const;

export function LookBar({ show, children }: { show: Show; children?: ReactNode }) {
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-3 border-line border-b px-1.5">
      <nav aria-label="How to look at the matches" className="flex">
        {LOOKS.map(({ show: one, name, icon: Icon, key }) => (
          <button
            key={one}
            type="button"
            aria-current={one === show ? "true" : undefined}
            title={`${name} (${key})`}
            className="-mb-px flex h-8 items-center gap-1.5 border-transparent border-b-2 px-2 font-medium text-soft hover:text-ink aria-[current]:border-accent aria-[current]:text-ink"
            onClick={() => navigate({ show: one, entry: null })}
          >
            <Icon size={14} aria-hidden className="shrink-0" />
            {name}
          </button>
        ))}
      </nav>
      {children}
    </div>
  );
}
