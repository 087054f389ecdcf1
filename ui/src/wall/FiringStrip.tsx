import { BellRing, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { isFiring, useAlertsQuery } from "../api/kept";
import { since } from "../time/format";
import { useNow } from "../time/useNow";

/** What fires, across the top of the wall, or that this can't be told. */
export function FiringStrip() {
  const now = useNow(1000);
  const { data, error } = useAlertsQuery();
  const firing = data?.alerts.filter(isFiring) ?? [];
  if (error !== null) {
    return (
      <Strip colour="bg-warning" icon={<TriangleAlert className="size-[1.25em]" aria-hidden />}>
        Can't tell which alerts fire
      </Strip>
    );
  }
  if (firing.length === 0) return null;
  return (
    <Strip colour="bg-error" icon={<BellRing className="size-[1.25em]" aria-hidden />}>
      {firing.map((one) => (
        <span key={one.name}>
          {one.name}
          {one.since && <span className="font-normal"> {since(one.since, now)}</span>}
        </span>
      ))}
    </Strip>
  );
}

function Strip({ colour, icon, children }: { colour: string; icon: ReactNode; children: ReactNode }) {
  return (
    <div
      role="status"
      className={`flex flex-wrap items-center gap-x-6 gap-y-1 px-6 py-2 font-semibold text-page ${colour}`}
    >
      {icon}
      {children}
    </div>
  );
}
