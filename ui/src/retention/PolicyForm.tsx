import { useState } from "react";
import { messageOf, useAdminMutation } from "../administration/adminRequests";
import { LEVELS } from "../entries/entry";
import { announce } from "../toast/announce";
import { Dialog } from "../widgets/Dialog";
import { FormFooter } from "../widgets/FormFooter";
import { TextField } from "../widgets/TextField";
import { CRITERION_NAMES, POLICIES_PATH, type Policy, policyPath } from "./policy";
import { draftOf, type PolicyDraft, policyOf } from "./policyDraft";

/** A new policy, or a policy replaced as a whole. */
export function PolicyForm({ policy, onClose }: { policy: Policy | null; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(policy));
  const [fault, setFault] = useState<string | null>(null);
  const saving = useAdminMutation<Policy>(() => {
    onClose();
    announce("Policy saved");
  });
  const set = (name: keyof PolicyDraft) => (value: string) => setDraft({ ...draft, [name]: value });
  const save = () => {
    const made = policyOf(draft);
    if ("fault" in made) return setFault(made.fault);
    setFault(null);
    if (policy) saving.mutate({ path: policyPath(policy.name), method: "PUT", body: made.policy });
    else saving.mutate({ path: POLICIES_PATH, method: "POST", body: made.policy });
  };
  const message = fault ?? messageOf(saving.error);
  return (
    <Dialog title={policy ? `Edit ${policy.name}` : "New policy"} open onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!saving.isPending) save();
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          {policy === null && <TextField label="Name" value={draft.name} onChange={set("name")} />}
          <TextField label="Older than (days)" value={draft.older_than_days} onChange={set("older_than_days")} />
          <TextField label={CRITERION_NAMES.app_key} value={draft.app_key} onChange={set("app_key")} />
          <TextField label={CRITERION_NAMES.app_id} value={draft.app_id} onChange={set("app_id")} />
          <label>
            <span className="mb-1 block font-medium">{CRITERION_NAMES.level}</span>
            <select className="field h-8!" value={draft.level} onChange={(event) => set("level")(event.target.value)}>
              <option value="">any</option>
              {LEVELS.map((level) => (
                <option key={level} value={level}>
                  {level}
                </option>
              ))}
            </select>
          </label>
          <TextField label={CRITERION_NAMES.category} value={draft.category} onChange={set("category")} />
          <TextField
            label={CRITERION_NAMES.message_glob}
            value={draft.message_glob}
            onChange={set("message_glob")}
            placeholder="GET /health*"
          />
          <TextField
            label={CRITERION_NAMES.message_regex}
            value={draft.message_regex}
            onChange={set("message_regex")}
            placeholder="^GET /health"
          />
        </div>
        <FormFooter message={message} action="Save" ready={!saving.isPending} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
