import { useViews, viewPath } from "../api/kept";
import { NamedBar } from "../team/NamedBar";
import { keptOf } from "../url/kept";
import { openKept } from "../url/openKept";
import type { View } from "../url/view";

/** The line above the logs that says which view of the team this is. */
export default function ViewBar({ view, name }: { view: View; name: string }) {
  const kept = useViews()?.find((one) => one.name === name);
  if (!kept) return null;
  const body = { ...kept, columns: null, ...keptOf(view) };
  return (
    <NamedBar
      kind="view"
      view={view}
      kept={kept}
      path={viewPath(name)}
      body={body}
      onBack={() => openKept(kept)}
      onSaved={openKept}
    />
  );
}
