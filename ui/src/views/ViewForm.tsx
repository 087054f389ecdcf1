import { useState } from "react";
import { messageOf, useAdminMutation } from "../administration/adminRequests";
import { useViews, VIEWS_PATH, viewPath } from "../api/kept";
import { currentTable } from "../columns/table";
import { rangeName } from "../range/rangeNames";
import { freeSlug, isSlug, slugOf } from "../text/slug";
import { zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { announce } from "../toast/announce";
import { type Kept, type KeptView, keptOf, queryText, viewOfKept } from "../url/kept";
import { currentView, linkOf } from "../url/navigation";
import { openKept } from "../url/openKept";
import { Dialog } from "../widgets/Dialog";
import { FormFooter } from "../widgets/FormFooter";
import { TextField } from "../widgets/TextField";

interface Props {
  /** The one whose name and description change; null: a new one of the screen. */
  kept: KeptView | null;
  onClose: () => void;
}

/** A view of what the screen shows, or another name for one; what it shows is changed where it is open. */
export default function ViewForm({ kept, onClose }: Props) {
  const taken = useViews();
  const [content] = useState(() => kept ?? keptOf({ ...currentView(), table: currentTable() }));
  const [title, setTitle] = useState(kept?.title ?? "");
  const [typedName, setTypedName] = useState<string | null>(kept?.name ?? null);
  const [description, setDescription] = useState(kept?.description ?? "");
  const [who, setWho] = useState(kept?.who ?? "");
  const names = new Set(taken?.map((one) => one.name));
  const name = typedName ?? freeSlug(slugOf(title), names);
  const saving = useAdminMutation<KeptView>((answer) => {
    onClose();
    announce(kept ? "View saved" : "View shared with the team");
    if (!kept) openKept(answer);
  });
  const isReady = isSlug(name) && !saving.isPending;
  const save = () => {
    const texts = {
      name,
      title: title.trim() || null,
      description: description.trim() || null,
      who: who.trim() || null,
    };
    if (kept) saving.mutate({ path: viewPath(kept.name), method: "PUT", body: { ...kept, ...texts } });
    else saving.mutate({ path: VIEWS_PATH, method: "POST", body: { ...content, ...texts } });
  };
  return (
    <Dialog title={kept ? `Edit ${kept.title || kept.name}` : "Share this view"} open onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) save();
        }}
      >
        <Content content={content} />
        <TextField label="Title" value={title} onChange={setTitle} placeholder="Errors of the checkout" />
        <TextField
          label="Name"
          value={name}
          onChange={setTypedName}
          hint={`Lowercase letters, digits and hyphens. The link is ${linkOf(name || "…")}`}
        />
        <TextField label="Description" value={description} onChange={setDescription} placeholder="When to look at it" />
        <TextField label="Made by" value={who} onChange={setWho} placeholder="Your name" />
        <FormFooter message={messageOf(saving.error)} action="Save" ready={isReady} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

function Content({ content }: { content: Kept }) {
  const zone = zoneOf(useTimeFormat());
  return (
    <p className="rounded-lg bg-panel px-3 py-2">
      <span className="mono break-words">{queryText(content.query) || "everything"}</span>
      <span className="block text-soft">{rangeName(viewOfKept(content).range, zone)}</span>
    </p>
  );
}
