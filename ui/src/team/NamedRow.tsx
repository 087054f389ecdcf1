import { House, Link, Pencil, Trash2, Users } from "lucide-react";
import type { ReactNode } from "react";
import { useAdminMutation } from "../administration/adminRequests";
import { START_PATH, useTeamStart } from "../api/kept";
import type { Start } from "../api/responses";
import { changeConfig, useConfig } from "../config/useConfig";
import { rangeName } from "../range/rangeNames";
import { titleOf } from "../text/title";
import { zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { announce } from "../toast/announce";
import { copy } from "../toast/copy";
import { type Kept, queryText, viewOfKept } from "../url/kept";
import { type Kind, placeOf } from "../url/named";
import { isStart, linkOf } from "../url/navigation";
import { IconButton } from "../widgets/IconButton";

interface Props {
  kind: Kind;
  kept: Kept & { name: string; title?: string; description?: string; who?: string };
  onOpen: () => void;
  onEdit: () => void;
  onDelete: () => void;
  /** What else there is to say of it. */
  children?: ReactNode;
}

/** One of what the team keeps under names, and what can be done with it. */
export function NamedRow({ kind, kept, onOpen, onEdit, onDelete, children }: Props) {
  const zone = zoneOf(useTimeFormat());
  const place = placeOf(kind, kept.name);
  const begins = isStart(useConfig().startView, place);
  const isTeams = useTeamStart()?.[kind] === kept.name;
  const choose = useAdminMutation<Start>(() => announce(isTeams ? "Start page removed" : "Start page of the team set"));
  const title = titleOf(kept);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <a
          href={linkOf(place)}
          className="font-medium text-accent text-sm hover:underline"
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            onOpen();
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
          {children}
          {kept.who && <span>by {kept.who}</span>}
        </p>
      </div>
      <div className="flex items-center">
        <button
          type="button"
          aria-pressed={begins}
          aria-label={begins ? `Start page: ${title}` : `Begin with ${title}`}
          title={begins ? `This browser begins with this ${kind}` : `Begin with this ${kind} in this browser`}
          className="button plain aria-pressed:bg-wash aria-pressed:text-accent"
          onClick={() => changeConfig({ startView: begins ? "" : place })}
        >
          <House size={14} aria-hidden />
          {begins && <span>Start page</span>}
        </button>
        <button
          type="button"
          aria-pressed={isTeams}
          aria-label={isTeams ? `Start page of the team: ${title}` : `Begin with ${title} for the team`}
          title={
            isTeams
              ? `Everyone without a start page of their own begins with this ${kind}`
              : `Let everyone without a start page of their own begin with this ${kind}`
          }
          disabled={choose.isPending}
          className="button plain aria-pressed:bg-wash aria-pressed:text-accent"
          onClick={() => choose.mutate({ path: START_PATH, method: "PUT", body: isTeams ? {} : { [kind]: kept.name } })}
        >
          <Users size={14} aria-hidden />
          {isTeams && <span>Start page of the team</span>}
        </button>
        <IconButton
          icon={Link}
          label={`Copy link to ${title}`}
          title="Copy link"
          onClick={() => copy(linkOf(place), "Link")}
        />
        <IconButton icon={Pencil} label={`Edit ${title}`} title="Edit" onClick={onEdit} />
        <IconButton icon={Trash2} label={`Delete ${title}`} title="Delete" onClick={onDelete} />
      </div>
    </li>
  );
}
