import { Popover } from "@base-ui/react/popover";
import { type ReactNode, useState } from "react";

export interface Choice {
  name: string;
  hint?: string;
  disabled?: boolean;
  act: () => void;
}

/** A button that offers a few things to do. */
export function Choices(props: {
  label: string;
  title?: string;
  className: string;
  side?: "top" | "bottom";
  choices: Choice[];
  children: ReactNode;
}) {
  const { label, title = label, className, side = "bottom", choices, children } = props;
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className={className} aria-label={label} title={title}>
        {children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" side={side} className="z-30">
          <Popover.Popup className="popup w-60" aria-label={title}>
            {choices.map(({ name, hint, disabled, act }) => (
              <button
                key={name}
                type="button"
                className="item hover:bg-wash disabled:opacity-50"
                disabled={disabled}
                onClick={() => {
                  setOpen(false);
                  act();
                }}
              >
                {name}
                {hint && <span className="ml-auto text-faint">{hint}</span>}
              </button>
            ))}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
