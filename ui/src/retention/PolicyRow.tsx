import { FlaskConical, Pencil, Play, Trash2 } from "lucide-react";
import { IconButton } from "../widgets/IconButton";
import type { Policy } from "./policy";
import { inWords } from "./policy";

interface Props {
  policy: Policy;
  busy: boolean;
  onDryRun: () => void;
  onRun: () => void;
  onEdit: () => void;
  onDelete: () => void;
}

export function PolicyRow({ policy, busy, onDryRun, onRun, onEdit, onDelete }: Props) {
  const { name } = policy;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
      <div className="min-w-0 flex-1">
        <div className="font-medium">{name}</div>
        <div className="text-soft">{inWords(policy) || "no criteria: deletes nothing"}</div>
      </div>
      <div className="flex">
        <IconButton
          icon={FlaskConical}
          label={`Dry run of ${name}`}
          title="Dry run"
          disabled={busy}
          onClick={onDryRun}
        />
        <IconButton icon={Play} label={`Run ${name}`} title="Run" disabled={busy} onClick={onRun} />
        <IconButton icon={Pencil} label={`Edit ${name}`} title="Edit" onClick={onEdit} />
        <IconButton icon={Trash2} label={`Delete ${name}`} title="Delete" onClick={onDelete} />
      </div>
    </div>
  );
}
