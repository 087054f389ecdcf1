import { type ReactNode, useState } from "react";
import { messageOf, useAdminMutation } from "../administration/adminRequests";
import { freeSlug, isSlug, slugOf } from "../text/slug";
import { announce } from "../toast/announce";
import { type Kind, placeOf } from "../url/named";
import { linkOf } from "../url/navigation";
import { Dialog } from "../widgets/Dialog";
import { FormFooter } from "../widgets/FormFooter";
import { TextField } from "../widgets/TextField";

interface Texts {
  name: string;
  title?: string;
  description?: string;
  who?: string;
}

interface Props<T extends Texts> {
  kind: Kind;
  /** What the window is called, and what is said once it is done. */
  title: string;
  done: string;
  /** The one whose name and texts change; null: a new one. */
  kept: T | null;
  /** What else a new one has. */
  content: object;
  taken: readonly Texts[] | null;
  /** Where all of them are kept. */
  path: string;
  examples: { title: string; description: string };
  onClose: () => void;
  onMade: (answer: T) => void;
  children?: ReactNode;
}

/** Name and texts of what a team keeps; what it shows is changed where it is open. */
export function NamedForm<T extends Texts>(props: Props<T>) {
  const { kind, kept, content, taken, path, examples, onClose } = props;
  const [title, setTitle] = useState(kept?.title ?? "");
  const [typedName, setTypedName] = useState<string | null>(kept?.name ?? null);
  const [description, setDescription] = useState(kept?.description ?? "");
  const [who, setWho] = useState(kept?.who ?? "");
  const names = new Set(taken?.map((one) => one.name));
  const name = typedName ?? freeSlug(slugOf(title), names);
  const saving = useAdminMutation<T>((answer) => {
    onClose();
    announce(props.done);
    if (!kept) props.onMade(answer);
  });
  const isReady = isSlug(name) && !saving.isPending;
  const save = () => {
    const texts = {
      name,
      title: title.trim() || null,
      description: description.trim() || null,
      who: who.trim() || null,
    };
    if (kept) saving.mutate({ path: `${path}/${kept.name}`, method: "PUT", body: { ...kept, ...texts } });
    else saving.mutate({ path, method: "POST", body: { ...content, ...texts } });
  };
  return (
    <Dialog title={props.title} open onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) save();
        }}
      >
        {props.children}
        <TextField label="Title" value={title} onChange={setTitle} placeholder={examples.title} />
        <TextField
          label="Name"
          value={name}
          onChange={setTypedName}
          hint={`Lowercase letters, digits and hyphens. The link is ${linkOf(placeOf(kind, name || "…"))}`}
        />
        <TextField
          label="Description"
          value={description}
          onChange={setDescription}
          placeholder={examples.description}
        />
        <TextField label="Made by" value={who} onChange={setWho} placeholder="Your name" />
        <FormFooter message={messageOf(saving.error)} action="Save" ready={isReady} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
