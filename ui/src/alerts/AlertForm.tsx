// A new alert on what the screen shows, or another condition or target for one; with what it would have done.
import { useId, useState } from "react";
import { messageOf, useAdminMutation } from "../administration/adminRequests";
import { ALERTS_PATH, alertPath, useAlerts } from "../api/kept";
import type { KeptAlert } from "../api/responses";
import { freeSlug, isSlug } from "../text/slug";
import { announce } from "../toast/announce";
import type { Query } from "../url/kept";
import { currentView } from "../url/navigation";
import { filterOf } from "../url/question";
import { Dialog } from "../widgets/Dialog";
import { FormFooter } from "../widgets/FormFooter";
import { TextField } from "../widgets/TextField";
import { type AlertDraft, draftOf, draftOn, queryOfDraft, targetsOf, whenOf } from "./alertDraft";
import { ConditionFields } from "./ConditionFields";
import { DurationSelect } from "./DurationSelect";
import { GroupFields } from "./GroupFields";
import { Preview } from "./Preview";

const NO_OTHER: readonly KeptAlert[] = [];

export default function AlertForm({ alert, onClose }: { alert: KeptAlert | null; onClose: () => void }) {
  const others = useAlerts() ?? NO_OTHER;
  const [query] = useState<Query>(() => alert?.query ?? filterOf(currentView()));
  const [draft, setDraft] = useState(() => (alert ? draftOf(alert) : freshDraft(query, others)));
  const saving = useAdminMutation<KeptAlert>((saved) => {
    onClose();
    announce(alert ? "Alert saved" : `${saved.name} watches from now on`);
  });
  const change = (part: Partial<AlertDraft>) => setDraft({ ...draft, ...part });
  const condition = whenOf(draft);
  const asked = { query: queryOfDraft(draft, query), group_by: [...draft.groupBy] };
  const isReady = "when" in condition && isSlug(draft.name) && !saving.isPending;
  const save = () => {
    if (!("when" in condition)) return;
    const { revision, enabled } = alert ?? {};
    const body = {
      ...asked,
      when: condition.when,
      name: draft.name,
      targets: targetsOf(draft),
      renotify: draft.renotify || null,
      enabled,
      revision,
    };
    if (alert) saving.mutate({ path: alertPath(alert.name), method: "PUT", body });
    else saving.mutate({ path: ALERTS_PATH, method: "POST", body });
  };
  return (
    <Dialog title={alert ? `Edit ${alert.name}` : "New alert"} open onClose={onClose} width="max-w-2xl">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) save();
        }}
      >
        <TextField
          label="Entries"
          value={draft.text}
          onChange={(text) => change({ text })}
          placeholder="everything"
          hint="In the search language, as in the search box."
        />
        <ConditionFields draft={draft} onChange={change} />
        <GroupFields chosen={draft.groupBy} onChange={(groupBy) => change({ groupBy })} />
        <Preview asked={"when" in condition ? { ...asked, when: condition.when } : null} />
        <div className="grid gap-4 sm:grid-cols-[1fr_12rem]">
          <TextField
            label="Name"
            value={draft.name}
            onChange={(name) => change({ name })}
            hint="Lowercase letters, digits and hyphens."
          />
          <DurationSelect
            label="Say it again"
            none="once only"
            prefix="every "
            value={draft.renotify}
            onChange={(renotify) => change({ renotify })}
          />
        </div>
        <Targets value={draft.targets} isKept={alert !== null} onChange={(targets) => change({ targets })} />
        <FormFooter
          message={"fault" in condition ? condition.fault : messageOf(saving.error)}
          action={alert ? "Save" : "Create alert"}
          ready={isReady}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}

function freshDraft(query: Query, others: readonly KeptAlert[]): AlertDraft {
  const draft = draftOn(query);
  return { ...draft, name: freeSlug(draft.name, new Set(others.map((one) => one.name))) };
}

function Targets(props: { value: string; isKept: boolean; onChange: (value: string) => void }) {
  const { value, isKept, onChange } = props;
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        Tell
      </label>
      <textarea
        id={id}
        className="field mono block h-auto! min-h-16 py-1.5"
        rows={Math.max(2, value.split("\n").length)}
        spellCheck={false}
        placeholder={"https://example.com/hook\nslack://TOKEN_A/TOKEN_B/TOKEN_C/#oncall"}
        value={value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-hint`} className="mt-1 text-faint text-xs">
        One target a line: a webhook, or an address of apprise such as slack://, mailtos:// or ntfys://. Without any, it
        is only shown here. {isKept && "Secrets are hidden as ****; a line that you leave as it is keeps its own."}
      </p>
    </div>
  );
}
