import { KeyRound, Pencil, Trash2 } from "lucide-react";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { IconButton } from "../widgets/IconButton";
import { Switch } from "../widgets/Switch";
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
        <Switch on={active} label={`${name} may send entries`} words={["active", "inactive"]} onClick={onToggle} />
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
