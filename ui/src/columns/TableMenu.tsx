// Which columns there are and in which order, how high a row is, and whether messages wrap.
import { ArrowDown, ArrowUp, Columns3, Plus, X } from "lucide-react";
import { useState } from "react";
import { DENSITIES, NAMES, withColumn, withMoved } from "../url/table";
import { IconButton } from "../widgets/IconButton";
import { Popup } from "../widgets/Popup";
import { titleOf } from "./names";
import { changeTable, useTable } from "./table";

export function TableMenu({ paths }: { paths: () => Iterable<string> }) {
  return (
    <Popup
      label="Columns"
      className="button plain small"
      place="right-0 bottom-full mb-1.5 w-80 max-h-[70vh] overflow-y-auto p-3!"
      button={<Columns3 size={14} aria-hidden />}
    >
      {() => <TableForm paths={paths} />}
    </Popup>
  );
}

function TableForm({ paths }: { paths: () => Iterable<string> }) {
  const { columns, wrap, density } = useTable();
  const [path, setPath] = useState("");
  const [known] = useState(() => [...paths()].sort());
  const others = NAMES.filter((name) => !columns.some((one) => one.name === name));
  const add = (name: string) => changeTable({ columns: withColumn(columns, name) });
  return (
    <div className="flex flex-col gap-3">
      <ul aria-label="Shown columns">
        {columns.map(({ name }, index) => (
          <li key={name} className="flex items-center gap-0.5">
            <span className="min-w-0 flex-1 truncate" title={name}>
              {titleOf(name)}
            </span>
            <IconButton
              icon={ArrowUp}
              label={`Move ${titleOf(name)} to the left`}
              size="small"
              disabled={index === 0}
              onClick={() => changeTable({ columns: withMoved(columns, name, -1) })}
            />
            <IconButton
              icon={ArrowDown}
              label={`Move ${titleOf(name)} to the right`}
              size="small"
              disabled={index === columns.length - 1}
              onClick={() => changeTable({ columns: withMoved(columns, name, 1) })}
            />
            <IconButton
              icon={X}
              label={`Hide ${titleOf(name)}`}
              size="small"
              disabled={columns.length === 1}
              onClick={() => changeTable({ columns: columns.filter((one) => one.name !== name) })}
            />
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-1">
        {others.map((name) => (
          <button
            key={name}
            type="button"
            className="button small"
            aria-label={`Show ${titleOf(name)}`}
            onClick={() => add(name)}
          >
            <Plus size={12} aria-hidden /> {titleOf(name)}
          </button>
        ))}
      </div>
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          add(`context.${path.trim().replace(/^context\./, "")}`);
          setPath("");
        }}
      >
        <input
          className="field"
          aria-label="Field of the context"
          placeholder="user.id"
          list="context-paths"
          spellCheck={false}
          autoComplete="off"
          value={path}
          onChange={(event) => setPath(event.target.value)}
        />
        <datalist id="context-paths">
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <button type="submit" className="button" disabled={!path.trim()}>
          Add
        </button>
      </form>
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={wrap} onChange={(event) => changeTable({ wrap: event.target.checked })} />
        Wrap long messages
      </label>
      <fieldset className="flex items-center gap-1">
        <legend className="sr-only">Height of rows</legend>
        {DENSITIES.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === density}
            className="button choice small flex-1 capitalize"
            onClick={() => changeTable({ density: one })}
          >
            {one}
          </button>
        ))}
      </fieldset>
      <button
        type="button"
        className="button plain small self-start"
        onClick={() => changeTable({ columns: null, wrap: false, density: "normal" })}
      >
        Reset
      </button>
    </div>
  );
}
