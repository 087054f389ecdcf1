import { KeyRound, Pencil, Trash2 } from "lucide-react";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { IconButton } from "../widgets/IconButton";
import type { Client } from "./client";

interface Props {
  client: Client;
  onToggle: () => void;
  onRename: () => void;
  onRotate: () => void;
  onDelete: () => void;
}

export function ClientRow({ client, onToggle, onRename, onRotate, onDelete }: Props) {
  const time = useTimeFormat();
  const { name, app_key, active, created_at } = client;
  return (
    <tr className="border-line border-b last:border-0">
      <td className="px-3 py-2 font-medium">{name}</td>
      <td className="mono px-3 py-2">{app_key}</td>
      <td className="px-3 py-2">
        <button
          type="button"
          role="switch"
          aria-checked={active}
          aria-label={`${name} may send entries`}
          className="flex items-center gap-2"
          onClick={onToggle}
        >
          <span
            aria-hidden
            className={`flex h-4 w-7 items-center rounded-full px-0.5 ${active ? "justify-end bg-accent" : "bg-strong"}`}
          >
            <span className="size-3 rounded-full bg-page" />
          </span>
          <span className={active ? "" : "text-soft"}>{active ? "active" : "inactive"}</span>
        </button>
      </td>
      <td className="px-3 py-2 text-soft tabular-nums" title={created_at}>
        {fullTime(created_at, time).slice(0, 16)}
      </td>
      <td className="px-3 py-1 text-right whitespace-nowrap">
        <IconButton icon={Pencil} label={`Rename ${name}`} title="Rename" onClick={onRename} />
        <IconButton icon={KeyRound} label={`New token for ${name}`} title="New token" onClick={onRotate} />
        <IconButton icon={Trash2} label={`Delete ${name}`} title="Delete" onClick={onDelete} />
      </td>
    </tr>
  );
}
