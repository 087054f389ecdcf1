import { Dialog } from "@base-ui/react/dialog";
import { useId, useMemo, useRef, useState } from "react";
import { useDashboards, useViews } from "../api/kept";
import { closeDialog } from "../state/dialogs";
import { matchingCommands, type Offers, paletteCommands } from "./commands";

/** Commands by name: type, choose with the arrows, Enter. */
export default function Palette({ pages, onCommand, onExport }: Offers) {
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const views = useViews();
  const dashboards = useDashboards();
  const commands = useMemo(
    () => paletteCommands({ pages, onCommand, onExport }, views, dashboards),
    [pages, onCommand, onExport, views, dashboards],
  );
  const shown = matchingCommands(commands, typed);
  const run = (index: number) => {
    const command = shown[index];
    if (!command) return;
    closeDialog();
    command.run();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "ArrowDown") setChosen((chosen + 1) % Math.max(1, shown.length));
    else if (event.key === "ArrowUp") setChosen((chosen + shown.length - 1) % Math.max(1, shown.length));
    else if (event.key === "Enter") run(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && closeDialog()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/35" />
        <Dialog.Popup
          initialFocus={input}
          className="-translate-x-1/2 fixed top-[12vh] left-1/2 z-50 flex max-h-[70vh] w-[calc(100vw-1.5rem)] max-w-xl flex-col overflow-hidden rounded-xl border border-strong bg-raised shadow-2xl outline-none"
        >
          <Dialog.Title className="sr-only">Commands</Dialog.Title>
          <input
            ref={input}
            role="combobox"
            aria-label="Command"
            aria-expanded
            aria-controls={list}
            aria-activedescendant={shown.length > 0 ? `${list}-${chosen}` : undefined}
            className="h-12 shrink-0 border-line border-b bg-transparent px-4 text-sm outline-none"
            placeholder="Type a command"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setChosen(0);
            }}
            onKeyDown={onKeyDown}
          />
          <div id={list} role="listbox" aria-label="Commands" className="min-h-0 flex-1 overflow-y-auto p-1.5">
            {shown.map((command, index) => (
              <div
                key={`${command.group} ${command.name}`}
                id={`${list}-${index}`}
                role="option"
                aria-selected={index === chosen}
                className="item min-h-8!"
                ref={(element) => {
                  if (index === chosen) element?.scrollIntoView({ block: "nearest" });
                }}
                onMouseMove={() => setChosen(index)}
                onClick={() => run(index)}
              >
                <span className="flex-1 truncate">{command.name}</span>
                <span className="text-faint text-xs">{command.group}</span>
              </div>
            ))}
          </div>
          {shown.length === 0 && <p className="px-4 pb-4 text-faint">No matching command</p>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
