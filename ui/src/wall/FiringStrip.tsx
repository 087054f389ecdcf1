import { BellRing } from "lucide-react";
import { useAlerts } from "../api/kept";
import { ago } from "../time/format";
import { useNow } from "../time/useNow";

/** What fires, across the top of the wall. */
export function FiringStrip() {
  const now = useNow(1000);
  const firing = useAlerts()?.filter((one) => one.enabled && one.state === "firing") ?? [];
  if (firing.length === 0) return null;
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-6 gap-y-1 bg-error px-6 py-2 font-semibold text-page"
    >
      <BellRing className="size-[1.25em]" aria-hidden />
      {firing.map(({ name, since }) => (
        <span key={name}>
          {name}
          {since && <span className="font-normal"> since {ago(Date.parse(since), now).replace(/ ago$/, "")}</span>}
        </span>
      ))}
    </div>
  );
}
