// The context as a tree: folds, colours, and the three actions on every value. A long list or object shows its first
// members and the rest on demand, as a long text does.
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { ExactNumber } from "../entries/lossless";
import { FieldActions } from "./FieldActions";
import { JsonValue, textOf } from "./JsonValue";
import { LongText } from "./LongText";

const FIRST = 100;
const OPEN_DEPTH = 3;

export function ContextTree({ value, queryable }: { value: unknown; queryable: boolean }) {
  return (
    <ul className="mono">
      <Members value={value} path={["context"]} depth={0} queryable={queryable} />
    </ul>
  );
}

const hasMembers = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof ExactNumber) && Object.keys(value).length > 0;

function Members(props: { value: unknown; path: string[]; depth: number; queryable: boolean }) {
  const { value, path, depth, queryable } = props;
  const [all, setAll] = useState(false);
  const members = hasMembers(value) ? Object.entries(value) : [];
  return (
    <>
      {(all ? members : members.slice(0, FIRST)).map(([key, member]) => (
        <Node key={key} name={key} value={member} path={[...path, key]} depth={depth} queryable={queryable} />
      ))}
      {!all && members.length > FIRST && (
        <li>
          <button type="button" className="text-accent hover:underline" onClick={() => setAll(true)}>
            {members.length - FIRST} more
          </button>
        </li>
      )}
    </>
  );
}

function Node(props: { name: string; value: unknown; path: string[]; depth: number; queryable: boolean }) {
  const { name, value, path, depth, queryable } = props;
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  if (!hasMembers(value)) {
    const simple = typeof value !== "object" || value === null || value instanceof ExactNumber;
    return (
      <li className="group flex items-start gap-2 pl-4">
        <span className="min-w-0 leading-6">
          <span className="text-soft">{name}: </span>
          {simple ? <Leaf value={value} /> : <span className="text-faint">{Array.isArray(value) ? "[]" : "{}"}</span>}
        </span>
        <FieldActions
          path={path}
          value={simple ? textOf(value) : JSON.stringify(value)}
          queryable={queryable && value !== null}
        />
      </li>
    );
  }
  const count = Object.keys(value).length;
  return (
    <li>
      <div className="group flex items-start gap-2">
        <button
          type="button"
          className="flex items-center leading-6"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <ChevronRight size={12} aria-hidden className={`mr-1 text-faint ${open ? "rotate-90" : ""}`} />
          <span className="text-soft">{name}</span>
          <span className="ml-1.5 text-faint">{Array.isArray(value) ? `[${count}]` : `{${count}}`}</span>
        </button>
        <FieldActions path={path} value={JSON.stringify(value)} queryable={false} />
      </div>
      {open && (
        <ul className="ml-1.5 border-line border-l pl-2">
          <Members value={value} path={path} depth={depth + 1} queryable={queryable} />
        </ul>
      )}
    </li>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value !== "string") return <JsonValue value={value} />;
  return <LongText text={value}>{(shown) => <JsonValue value={shown} />}</LongText>;
}
