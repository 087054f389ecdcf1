import { TextField } from "../widgets/TextField";
import { type AlertDraft, KINDS, type Kind } from "./alertDraft";
import { DurationSelect } from "./DurationSelect";

const KIND_NAMES: Record<Kind, string> = {
  atLeast: "so many come, or more",
  fewer: "fewer than so many come",
  each: "any comes: tell each",
  new_pattern: "a new pattern of messages comes",
  rate: "more come than usual at that time",
};

interface Props {
  draft: AlertDraft;
  onChange: (part: Partial<AlertDraft>) => void;
}

/** What must hold of the entries. */
export function ConditionFields({ draft, onChange }: Props) {
  const { kind } = draft;
  const hasWindow = kind !== "each" && kind !== "new_pattern";
  return (
    <div className="grid items-start gap-4 sm:grid-cols-[1fr_8rem_8rem]">
      <label>
        <span className="mb-1 block font-medium">Fire when</span>
        <select
          className="field h-8!"
          value={kind}
          onChange={(event) => onChange({ kind: event.target.value as Kind })}
        >
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {KIND_NAMES[one]}
            </option>
          ))}
        </select>
      </label>
      {(kind === "atLeast" || kind === "fewer") && (
        <TextField label="How many" value={draft.n} onChange={(n) => onChange({ n })} />
      )}
      {kind === "rate" && (
        <TextField label="Times as many" value={draft.times} onChange={(times) => onChange({ times })} />
      )}
      {hasWindow && <DurationSelect label="Within" value={draft.window} onChange={(window) => onChange({ window })} />}
    </div>
  );
}
