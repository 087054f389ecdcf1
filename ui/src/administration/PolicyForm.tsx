import { useState } from "react";
import { LEVELS } from "../entries/entry";
import { Dialog } from "../parts/Dialog";
import { SettingInput } from "../settings/SettingInput";
import { announce } from "../toast/announce";
import { draftOf, policyOf } from "./policies";
import type { Policy } from "./types";
import { faultOf, useOrder } from "./useAdministration";

/** A new policy, or a policy replaced as a whole. */
export function PolicyForm({ policy, onClose }: { policy: Policy | null; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(policy));
  const [fault, setFault] = useState<string | null>(null);
  const order = useOrder<Policy>(() => {
    onClose();
    announce("Policy saved");
  });
  const set = (name: keyof typeof draft) => (value: string) => setDraft({ ...draft, [name]: value });
  const submit = () => {
    const made = policyOf(draft);
    if ("fault" in made) return setFault(made.fault);
    setFault(null);
    if (policy)
      order.mutate({
        path: `/api/retention/policies/${encodeURIComponent(policy.name)}`,
        method: "PUT",
        body: made.policy,
      });
    else order.mutate({ path: "/api/retention/policies", method: "POST", body: made.policy });
  };
  const shown = fault ?? faultOf(order.error);
  return (
    <Dialog title={policy ? `Edit ${policy.name}` : "New policy"} open onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!order.isPending) submit();
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          {policy ? null : <SettingInput label="Name" value={draft.name} onChange={set("name")} />}
          <SettingInput label="Older than, in days" value={draft.older_than_days} onChange={set("older_than_days")} />
          <SettingInput label="Application" value={draft.app_key} onChange={set("app_key")} />
          <SettingInput label="Environment" value={draft.app_id} onChange={set("app_id")} />
          <label>
            <span className="mb-1 block font-medium">Level</span>
            <select className="field h-8!" value={draft.level} onChange={(event) => set("level")(event.target.value)}>
              <option value="">any</option>
              {LEVELS.map((level) => (
                <option key={level} value={level}>
                  {level}
                </option>
              ))}
            </select>
          </label>
          <SettingInput label="Category" value={draft.category} onChange={set("category")} />
          <SettingInput
            label="Message like"
            value={draft.message_glob}
            onChange={set("message_glob")}
            placeholder="GET /health*"
          />
          <SettingInput
            label="Message matches"
            value={draft.message_regex}
            onChange={set("message_regex")}
            placeholder="^GET /health"
          />
        </div>
        {shown && (
          <p role="alert" className="text-error">
            {shown}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={order.isPending}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
