import { House, Link, Pencil, Trash2 } from "lucide-react";
import { changeConfig, useConfig } from "../config/useConfig";
import { rangeName } from "../range/rangeNames";
import { titleOf } from "../text/title";
import { zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { copy } from "../toast/copy";
import { type KeptView, queryText, viewOfKept } from "../url/kept";
import { linkOf } from "../url/navigation";
import { openKept } from "../url/openKept";
import { IconButton } from "../widgets/IconButton";

interface Props {
  kept: KeptView;
  onEdit: () => void;
  onDelete: () => void;
}

export function ViewRow({ kept, onEdit, onDelete }: Props) {
  const zone = zoneOf(useTimeFormat());
  const isStart = useConfig().startView === kept.name;
  const title = titleOf(kept);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <a
          href={linkOf(kept.name)}
          className="font-medium text-accent text-sm hover:underline"
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            openKept(kept);
          }}
        >
          {title}
        </a>
        {kept.description && <p className="text-soft">{kept.description}</p>}
        <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-faint text-xs">
          <span
            className="mono max-w-full truncate rounded bg-panel px-1.5 py-0.5 text-soft"
            title={queryText(kept.query)}
          >
            {queryText(kept.query) || "everything"}
          </span>
          <span>{rangeName(viewOfKept(kept).range, zone)}</span>
          {kept.who && <span>by {kept.who}</span>}
        </p>
      </div>
      <div className="flex items-center">
        <button
          type="button"
          aria-pressed={isStart}
          aria-label={`Begin with ${title}`}
          title={isStart ? "This browser begins with this view" : "Begin with this view in this browser"}
          className="button plain aria-pressed:bg-wash aria-pressed:text-accent"
          onClick={() => changeConfig({ startView: isStart ? "" : kept.name })}
        >
          <House size={14} aria-hidden />
          {isStart && <span>Start page</span>}
        </button>
        <IconButton
          icon={Link}
          label={`Copy link to ${title}`}
          title="Copy link"
          onClick={() => copy(linkOf(kept.name), "Link")}
        />
        <IconButton icon={Pencil} label={`Edit ${title}`} title="Edit" onClick={onEdit} />
        <IconButton icon={Trash2} label={`Delete ${title}`} title="Delete" onClick={onDelete} />
      </div>
    </li>
  );
}
