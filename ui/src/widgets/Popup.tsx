// A small window below (or above) its button: it takes the focus, and goes when Escape is pressed, when something else is
// clicked or focused. It hangs on the button by the style sheet alone, which spares the page a positioning library.
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";

interface Props {
  label: string;
  /** What the button shows. */
  button: ReactNode;
  className: string;
  title?: string;
  /** Where the window stands, as utilities: `right-0 top-full mt-1.5 w-60`. */
  place: string;
  children: (close: () => void) => ReactNode;
}

export function Popup({ label, button, className, title, place, children }: Props) {
  const [open, setOpen] = useState(false);
  const whole = useRef<HTMLSpanElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const popup = useRef<HTMLDivElement>(null);
  const close = useCallback(() => {
    setOpen(false);
    opener.current?.focus();
  }, []);
  useEffect(() => {
    if (!open) return;
    (popup.current?.querySelector<HTMLElement>("button, input") ?? popup.current)?.focus();
    const elsewhere = (event: Event) => {
      if (!whole.current?.contains(event.target as Node)) setOpen(false);
    };
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      close();
    };
    document.addEventListener("keydown", onEscape);
    document.addEventListener("pointerdown", elsewhere);
    document.addEventListener("focusin", elsewhere);
    return () => {
      document.removeEventListener("keydown", onEscape);
      document.removeEventListener("pointerdown", elsewhere);
      document.removeEventListener("focusin", elsewhere);
    };
  }, [open, close]);
  return (
    <span ref={whole} className="relative inline-flex min-w-0">
      <button
        ref={opener}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        title={title}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div
          ref={popup}
          role="dialog"
          aria-label={title ?? label}
          tabIndex={-1}
          className={`popup absolute z-30 max-w-[calc(100vw-1.5rem)] ${place}`}
        >
          {children(close)}
        </div>
      )}
    </span>
  );
}
