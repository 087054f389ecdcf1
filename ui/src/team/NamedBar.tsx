// The line that says what of the team's this is, how the screen differs from it, and what can be done about that.
import { RotateCcw, Save, X } from "lucide-react";
import type { ReactNode } from "react";
import { messageOf, useAdminMutation } from "../administration/adminRequests";
import { titleOf } from "../text/title";
import { announce } from "../toast/announce";
import { isKeptAlike } from "../url/kept";
import type { Kind } from "../url/named";
import { leaveName, useNamed } from "../url/navigation";
import { parseView, type View } from "../url/view";
import { IconButton } from "../widgets/IconButton";

const NAMES: Record<Kind, string> = { view: "View", dashboard: "Dashboard" };

interface Props<T> {
  kind: Kind;
  view: View;
  kept: T;
  /** Where it is kept. */
  path: string;
  /** What is kept of the screen as it is. */
  body: object;
  /** Whether more than the screen is being changed. */
  isEditing?: boolean;
  /** Show again what is kept. */
  onBack: () => void;
  onSaved: (answer: T) => void;
  /** Other things to do with it. */
  children?: ReactNode;
}

export function NamedBar<T extends { name: string; title?: string; description?: string; who?: string }>({
  kind,
  view,
  kept,
  path,
  body,
  isEditing = false,
  onBack,
  onSaved,
  children,
}: Props<T>) {
  const own = useNamed()?.search;
  const saving = useAdminMutation<T>((answer) => {
    onSaved(answer);
    announce(`${NAMES[kind]} saved`);
  });
  const isChanged = own !== undefined && !isKeptAlike(view, parseView(own));
  return (
    <section
      aria-label={NAMES[kind]}
      className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b bg-panel px-3 py-1"
    >
      <h2 className="font-semibold text-sm">{titleOf(kept)}</h2>
      {kept.description && <p className="min-w-0 text-soft">{kept.description}</p>}
      {kept.who && <p className="text-faint text-xs">by {kept.who}</p>}
      <span className="ml-auto flex flex-wrap items-center gap-1.5">
        {saving.error && (
          <span role="alert" className="text-error">
            {messageOf(saving.error)}
          </span>
        )}
        {children}
        {(isChanged || isEditing) && (
          <>
            {!isEditing && <span className="text-soft max-sm:hidden">Changed</span>}
            <button type="button" className="button small" onClick={onBack}>
              <RotateCcw size={12} aria-hidden /> {isEditing ? "Cancel" : `Back to the ${kind}`}
            </button>
            <button
              type="button"
              className="button small primary"
              disabled={saving.isPending}
              onClick={() => saving.mutate({ path, method: "PUT", body })}
            >
              <Save size={12} aria-hidden /> Save for the team
            </button>
          </>
        )}
        <IconButton icon={X} label={`Leave the ${kind}`} size="small" onClick={() => leaveName()} />
      </span>
    </section>
  );
}
