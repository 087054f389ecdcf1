import { closeDialog } from "../state/dialogs";
import { Dialog } from "../widgets/Dialog";
import { KEYS } from "./keys";

const SIGNS: Record<string, string> = { " ": "Space", ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };
const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

export default function KeysHelp() {
  return (
    <Dialog title="Keyboard shortcuts" open onClose={closeDialog} width="max-w-md">
      <dl className="grid grid-cols-[max-content_1fr] items-center gap-x-4 gap-y-2">
        {[
          ...KEYS.map(({ keys, does }) => ({ keys: keys.map((key) => SIGNS[key] ?? key), does })),
          { keys: [`${MODIFIER} K`], does: "Commands" },
        ].map(({ keys, does }) => (
          <div key={does} className="contents">
            <dt className="flex gap-1">
              {keys.map((key) => (
                <kbd key={key} className="mono min-w-6 rounded border border-strong bg-panel px-1.5 text-center">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-soft">{does}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-faint">Shortcuts are off while you type.</p>
    </Dialog>
  );
}
