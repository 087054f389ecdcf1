import { useEffect, useRef } from "react";
import { currentDialog } from "../state/dialogs";
import { type Command, commandOf, focusOf } from "./keys";

/** Obey the keys, unless a dialog or a menu has them. */
export function useKeys(act: (command: Command) => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const command = commandOf(event, focusOf(document.activeElement));
      const busy =
        currentDialog().open !== null ||
        document.querySelector('[role="dialog"], [role="menu"], [role="alertdialog"]') !== null;
      if (!command || (busy && command !== "palette")) return;
      event.preventDefault();
      latest.current(command);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
