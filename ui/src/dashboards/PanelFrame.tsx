import { ArrowDown, ArrowUp, Grip, MoveDiagonal2, Pencil, Trash2 } from "lucide-react";
import { useRef } from "react";
import { IconButton } from "../widgets/IconButton";
import { type Asked, askedBy, type Panel, panelTitle, searchBehind } from "./dashboard";
import { EntriesLink } from "./EntriesLink";
import { Handle } from "./Handle";
import { PanelBody } from "./PanelBody";
import { useInSight } from "./useInSight";

/** What can be done with a panel while its dashboard is edited. */
export interface Editing {
  /** Whether panels stand below each other. */
  narrow: boolean;
  step: () => { column: number; row: number };
  onBegin: () => void;
  onMove: (columns: number, rows: number) => void;
  onResize: (columns: number, rows: number) => void;
  onReorder: (by: 1 | -1) => void;
  onEdit: () => void;
  onRemove: () => void;
}

interface Props {
  panel: Panel;
  asked: Asked;
  moment: { current: number };
  editing: Editing | null;
}

/** A panel with its title, which leads to its entries. */
export function PanelFrame({ panel, asked, moment, editing }: Props) {
  const frame = useRef<HTMLElement>(null);
  const isSeen = useInSight(frame);
  const title = panelTitle(panel);
  return (
    <article
      ref={frame}
      aria-label={title}
      className={`relative flex h-full flex-col rounded-lg border bg-page px-3 pt-2 pb-2.5 ${editing ? "border-strong border-dashed" : "border-line"}`}
    >
      <div className="mb-1 flex min-h-6 shrink-0 items-center gap-1">
        {editing && !editing.narrow && (
          <Handle
            icon={Grip}
            label={`Move ${title}`}
            className="button plain small -ml-1.5 cursor-move!"
            step={editing.step}
            onBegin={editing.onBegin}
            onShift={editing.onMove}
          />
        )}
        <h3 className="min-w-0 flex-1 truncate font-medium" title={title}>
          {editing ? (
            title
          ) : (
            <EntriesLink search={searchBehind(askedBy(panel, asked))} className="hover:text-accent hover:underline">
              {title}
            </EntriesLink>
          )}
        </h3>
        {editing && <EditingButtons title={title} editing={editing} />}
      </div>
      <div inert={editing !== null} className="flex min-h-0 flex-1 flex-col">
        <PanelBody panel={panel} asked={asked} moment={moment} enabled={isSeen} />
      </div>
      {editing && !editing.narrow && (
        <Handle
          icon={MoveDiagonal2}
          label={`Resize ${title}`}
          className="button plain small absolute right-0 bottom-0 cursor-nwse-resize! bg-raised!"
          step={editing.step}
          onBegin={editing.onBegin}
          onShift={editing.onResize}
        />
      )}
    </article>
  );
}

function EditingButtons({ title, editing }: { title: string; editing: Editing }) {
  return (
    <span className="flex shrink-0">
      {editing.narrow && (
        <>
          <IconButton icon={ArrowUp} label={`Move ${title} up`} size="small" onClick={() => editing.onReorder(-1)} />
          <IconButton icon={ArrowDown} label={`Move ${title} down`} size="small" onClick={() => editing.onReorder(1)} />
        </>
      )}
      <IconButton icon={Pencil} label={`Edit ${title}`} title="Edit" size="small" onClick={editing.onEdit} />
      <IconButton icon={Trash2} label={`Remove ${title}`} title="Remove" size="small" onClick={editing.onRemove} />
    </span>
  );
}
