import { useState } from "react";
import { useViews, VIEWS_PATH } from "../api/kept";
import { currentTable } from "../columns/table";
import { rangeName } from "../range/rangeNames";
import { NamedForm } from "../team/NamedForm";
import { zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { type Kept, type KeptView, keptOf, queryText, viewOfKept } from "../url/kept";
import { currentView } from "../url/navigation";
import { openKept } from "../url/openKept";

interface Props {
  /** The one whose name and description change; null: a new one of the screen. */
  kept: KeptView | null;
  onClose: () => void;
}

/** A view of what the screen shows, or another name for one. */
export default function ViewForm({ kept, onClose }: Props) {
  const taken = useViews();
  const [content] = useState(() => kept ?? keptOf({ ...currentView(), table: currentTable() }));
  return (
    <NamedForm<KeptView>
      kind="view"
      title={kept ? `Edit ${kept.title || kept.name}` : "Share this view"}
      done={kept ? "View saved" : "View shared with the team"}
      kept={kept}
      content={content}
      taken={taken}
      path={VIEWS_PATH}
      examples={{ title: "Errors of the checkout", description: "When to look at it" }}
      onClose={onClose}
      onMade={openKept}
    >
      <Content content={content} />
    </NamedForm>
  );
}

function Content({ content }: { content: Kept }) {
  const zone = zoneOf(useTimeFormat());
  return (
    <p className="rounded-lg bg-panel px-3 py-2">
      <span className="mono break-words">{queryText(content.query) || "everything"}</span>
      <span className="block text-soft">{rangeName(viewOfKept(content).range, zone)}</span>
    </p>
  );
}
