import { FlaskConical, Pencil, Play, Trash2 } from "lucide-react";
import { inWords } from "./policies";
import type { Policy } from "./types";

interface Props {
  policy: Policy;
  busy: boolean;
  onDry: () => void;
  onRun: () => void;
  onEdit: () => void;
  onDelete: () => void;
}

export function PolicyRow({ policy, busy, onDry, onRun, onEdit, onDelete }: Props) {
  const { name } = policy;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
      <div className="min-w-0 flex-1">
        <div className="font-medium">{name}</div>
        <div className="text-soft">{inWords(policy) || "no criterion: deletes nothing"}</div>
      </div>
      <div className="flex">
        <button
          type="button"
          className="button plain"
          disabled={busy}
          aria-label={`Dry run of ${name}`}
          title="Dry run"
          onClick={onDry}
        >
          <FlaskConical size={14} aria-hidden />
        </button>
        <button
          type="button"
          className="button plain"
          disabled={busy}
          aria-label={`Run ${name}`}
          title="Run"
          onClick={onRun}
        >
          <Play size={14} aria-hidden />
        </button>
        <button type="button" className="button plain" aria-label={`Edit ${name}`} title="Edit" onClick={onEdit}>
          <Pencil size={14} aria-hidden />
        </button>
        <button type="button" className="button plain" aria-label={`Delete ${name}`} title="Delete" onClick={onDelete}>
          <Trash2 size={14} aria-hidden />
        </button>
      </div>
    </div>
  );
}
