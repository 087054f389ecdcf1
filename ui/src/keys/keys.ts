// The keys of the page: one table, which the list of keys shows and the handler obeys. Nothing happens while typing.

export type Command =
  | "search"
  | "down"
  | "up"
  | "open"
  | "nextError"
  | "previousError"
  | "pause"
  | "mark"
  | "find"
  | "top"
  | "bottom"
  | "firstError"
  | "lastError"
  | "patterns"
  | "compare"
  | "split"
  | "nextSide"
  | "close"
  | "help"
  | "palette";

export const KEYS: readonly { keys: readonly string[]; command: Command; does: string }[] = [
  { keys: ["/"], command: "search", does: "Search" },
  { keys: ["j", "ArrowDown"], command: "down", does: "Next row" },
  { keys: ["k", "ArrowUp"], command: "up", does: "Previous row" },
  { keys: ["Enter"], command: "open", does: "Open or close the row" },
  { keys: ["e"], command: "nextError", does: "Next error, below" },
  { keys: ["E"], command: "previousError", does: "Previous error, above" },
  { keys: [" "], command: "pause", does: "Pause or follow" },
  { keys: ["m"], command: "mark", does: "Mark the row, which stays in view" },
  { keys: ["f"], command: "find", does: "Find in the loaded entries" },
  { keys: ["g"], command: "top", does: "Go to the top" },
  { keys: ["G"], command: "bottom", does: "Go to the bottom" },
  { keys: ["p"], command: "patterns", does: "Patterns of messages, and back" },
  { keys: ["c"], command: "compare", does: "Compare, and back" },
  { keys: ["s"], command: "split", does: "Split: another list beside this one" },
  { keys: ["w"], command: "nextSide", does: "Go to the next list of a split view" },
  { keys: ["Escape"], command: "close", does: "Close" },
  { keys: ["?"], command: "help", does: "Show this list" },
];

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The command of a key. Controls keep the keys that are theirs: Enter and Space press a button. */
export function commandOf(pressed: Pressed, focused: { typing: boolean; pressable: boolean }): Command | null {
  if ((pressed.ctrlKey || pressed.metaKey) && pressed.key.toLowerCase() === "k") return "palette";
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || focused.typing) return null;
  if (focused.pressable && (pressed.key === "Enter" || pressed.key === " ")) return null;
  return KEYS.find(({ keys }) => keys.includes(pressed.key))?.command ?? null;
}

export function focusOf(element: Element | null): { typing: boolean; pressable: boolean } {
  return {
    typing: element?.matches('input, textarea, select, [contenteditable="true"]') ?? false,
    pressable:
      element?.matches('button, a[href], [role="button"], [role^="menuitem"], [role="slider"], summary') ?? false,
  };
}
