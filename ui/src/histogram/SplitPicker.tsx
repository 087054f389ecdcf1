// By which field the bars of the histogram are split.
import { ChevronDown, Split } from "lucide-react";
import { useState } from "react";
import { navigate } from "../url/navigation";
import { Popup } from "../widgets/Popup";
import { SPLITS, splitName } from "./splits";

interface PickerProps {
  split: string;
  /** The paths in the contexts of entries that are shown. */
  paths: () => Iterable<string>;
}

export function SplitPicker({ split, paths }: PickerProps) {
  return (
    <Popup
      label={`Split by: ${splitName(split)}`}
      title="Split the histogram by"
      className="button plain small"
      place="top-full right-0 mt-1 w-64 max-h-[60vh] overflow-y-auto"
      button={
        <>
          <Split size={13} aria-hidden />
          <span className="truncate max-sm:sr-only">{splitName(split)}</span>
          <ChevronDown size={12} aria-hidden className="shrink-0 text-faint" />
        </>
      }
    >
      {(close) => <Fields split={split} paths={paths} onChosen={close} />}
    </Popup>
  );
}

function Fields({ split, paths, onChosen }: PickerProps & { onChosen: () => void }) {
  const [fields] = useState(() => [...Object.keys(SPLITS), ...[...paths()].sort().map((path) => `context.${path}`)]);
  return fields.map((field) => (
    <button
      key={field}
      type="button"
      className="item hover:bg-wash focus-visible:bg-wash aria-pressed:bg-wash"
      aria-pressed={field === split}
      onClick={() => {
        onChosen();
        navigate({ split: field });
      }}
    >
      <span className="truncate">{splitName(field)}</span>
    </button>
  ));
}
