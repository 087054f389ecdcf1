// What the server warns its operator of, such as a side that is open to everyone, until it is put away; and why it does
// not do all that it should, such as that the database is away, for as long as that is so.
import { TriangleAlert, X } from "lucide-react";
import { useState } from "react";
import { useHealth } from "../api/server";
import { IconButton } from "../widgets/IconButton";

export function HealthWarnings() {
  const health = useHealth();
  const degraded = health?.status === "degraded" ? health.reason : undefined;
  const warnings = [...(degraded ? [degraded] : []), ...(health?.warnings ?? [])];
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const shown = warnings.filter((warning) => !dismissed.includes(warning));
  if (shown.length === 0) return null;
  return (
    <div role="status" className="flex items-center gap-2 border-warning/40 border-b bg-warning/8 px-3 py-1">
      <TriangleAlert size={14} className="shrink-0 text-warning" aria-hidden />
      <ul className="min-w-0 flex-1">
        {shown.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
      <IconButton label="Dismiss" icon={X} onClick={() => setDismissed(warnings)} />
    </div>
  );
}
