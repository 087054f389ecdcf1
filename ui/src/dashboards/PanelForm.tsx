import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { request } from "../api/request";
import type { Page } from "../api/responses";
import { useEndpoint } from "../api/server";
import { SPLITS } from "../histogram/splits";
import { pathsOf } from "../query/completion";
import { Dialog } from "../widgets/Dialog";
import { FormFooter } from "../widgets/FormFooter";
import { TextField } from "../widgets/TextField";
import { FUNCTIONS, KINDS, type Kind, type Panel } from "./dashboard";
import { draftOf, hasMetric, type PanelDraft, panelOf, sizeOf } from "./panelDraft";

interface Props {
  /** Null: a new one. */
  panel: Panel | null;
  /** Where a panel of this size goes. */
  placeFor: (size: { w: number; h: number }) => Pick<Panel, "x" | "y" | "w" | "h">;
  onSave: (panel: Panel) => void;
  onClose: () => void;
}

/** What one panel shows. */
export function PanelForm({ panel, placeFor, onSave, onClose }: Props) {
  const [draft, setDraft] = useState(() => draftOf(panel));
  const set = (change: Partial<PanelDraft>) => setDraft({ ...draft, ...change });
  const made = panelOf(draft, panel ?? placeFor(sizeOf(draft.kind)));
  const paths = useId();
  const { kind } = draft;
  return (
    <Dialog title={panel ? "Edit panel" : "Add a panel"} open onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (made) onSave(made);
        }}
      >
        <Select label="Shows" value={kind} onChange={(value) => set({ kind: value as Kind })}>
          {Object.entries(KINDS).map(([value, { name }]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Select>
        <TextField label="Title" value={draft.title} onChange={(title) => set({ title })} />
        <TextField
          label="Filter"
          value={draft.q}
          onChange={(q) => set({ q })}
          placeholder="level:>=error"
          hint="In the search language, beside the filters of the dashboard"
        />
        {kind === "top" && (
          <FieldInput label="Field" value={draft.field} list={paths} onChange={(field) => set({ field })} />
        )}
        {(kind === "metric" || kind === "number") && (
          <div className="grid grid-cols-2 gap-3">
            <Select label="Metric" value={draft.function} onChange={(name) => set({ function: name })}>
              {kind === "number" && <option value="">Count of entries</option>}
              {FUNCTIONS.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </Select>
            {hasMetric(draft) && (
              <FieldInput
                label="Number in the context"
                value={draft.number}
                list={`${paths}-context`}
                placeholder="duration_ms"
                onChange={(number) => set({ number })}
              />
            )}
            {hasMetric(draft) && (
              <TextField label="Unit" value={draft.unit} onChange={(unit) => set({ unit })} placeholder="ms" />
            )}
          </div>
        )}
        {(kind === "counts" || kind === "metric") && (
          <FieldInput
            label="Split by"
            value={draft.split}
            list={paths}
            placeholder={kind === "counts" ? "level" : "not split"}
            onChange={(split) => set({ split })}
          />
        )}
        <Suggestions id={paths} />
        <FormFooter message={null} action={panel ? "Apply" : "Add"} ready={made !== null} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

function Select(props: { label: string; value: string; onChange: (value: string) => void; children: React.ReactNode }) {
  return (
    <label>
      <span className="mb-1 block font-medium">{props.label}</span>
      <select className="field h-8!" value={props.value} onChange={(event) => props.onChange(event.target.value)}>
        {props.children}
      </select>
    </label>
  );
}

function FieldInput(props: {
  label: string;
  value: string;
  list: string;
  placeholder?: string;
  onChange: (value: string) => void;
}) {
  return (
    <label>
      <span className="mb-1 block font-medium">{props.label}</span>
      <input
        className="field h-8!"
        list={props.list}
        autoComplete="off"
        spellCheck={false}
        placeholder={props.placeholder}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </label>
  );
}

const LOOKED_AT = "100";

/** The fields of entries, and the paths in the contexts of the newest. */
function Suggestions({ id }: { id: string }) {
  const endpoint = useEndpoint();
  const { data } = useQuery({
    queryKey: ["newest", endpoint],
    queryFn: ({ signal }) =>
      request<Page>(endpoint, "/api/logs", { params: { limit: LOOKED_AT, total: "0", message_max: "1" }, signal }),
  });
  const paths = [...new Set(data?.entries.flatMap(({ context }) => [...pathsOf(context)]))].sort();
  return (
    <>
      <datalist id={id}>
        {[...Object.keys(SPLITS), ...paths.map((path) => `context.${path}`)].map((field) => (
          <option key={field} value={field} />
        ))}
      </datalist>
      <datalist id={`${id}-context`}>
        {paths.map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
    </>
  );
}
