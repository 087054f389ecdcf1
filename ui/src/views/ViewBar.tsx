// The line above the logs that says which view of the team this is, and how the screen differs from it.
import { RotateCcw, Save, X } from "lucide-react";
import { messageOf, useAdminMutation } from "../administration/adminRequests";
import { useViews, viewPath } from "../api/kept";
import { titleOf } from "../text/title";
import { announce } from "../toast/announce";
import { isKeptAlike, type KeptView, keptOf } from "../url/kept";
import { leaveName, useNamed } from "../url/navigation";
import { openKept } from "../url/openKept";
import { parseView, type View } from "../url/view";
import { IconButton } from "../widgets/IconButton";

export default function ViewBar({ view, name }: { view: View; name: string }) {
  const kept = useViews()?.find((one) => one.name === name);
  const own = useNamed()?.search;
  const saving = useAdminMutation<KeptView>((answer) => {
    openKept(answer);
    announce("View saved");
  });
  if (!kept) return null;
  const isChanged = own !== undefined && !isKeptAlike(view, parseView(own));
  const save = () =>
    saving.mutate({ path: viewPath(name), method: "PUT", body: { ...kept, columns: null, ...keptOf(view) } });
  return (
    <section
      aria-label="View"
      className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b bg-panel px-3 py-1"
    >
      <h2 className="font-semibold text-sm">{titleOf(kept)}</h2>
      {kept.description && <p className="min-w-0 text-soft">{kept.description}</p>}
      {kept.who && <p className="text-faint text-xs">by {kept.who}</p>}
      <span className="ml-auto flex items-center gap-1.5">
        {saving.error && (
          <span role="alert" className="text-error">
            {messageOf(saving.error)}
          </span>
        )}
        {isChanged && (
          <>
            <span className="text-soft max-sm:hidden">Changed</span>
            <button type="button" className="button small" onClick={() => openKept(kept)}>
              <RotateCcw size={12} aria-hidden /> Back to the view
            </button>
            <button type="button" className="button small primary" disabled={saving.isPending} onClick={save}>
              <Save size={12} aria-hidden /> Save for the team
            </button>
          </>
        )}
        <IconButton icon={X} label="Leave the view" size="small" onClick={() => leaveName()} />
      </span>
    </section>
  );
}
