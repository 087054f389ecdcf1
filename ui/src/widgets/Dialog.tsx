import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { useDialogs } from "../state/dialogs";

/**
 * A window above the page, in the middle or, as a drawer, along one side. While the settings ask for a key, the others step
 * aside and keep what was typed.
 */
export function Dialog(props: {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  side?: "left" | "right";
  width?: string;
  /** Whether these are the settings. */
  settings?: boolean;
  initialFocus?: RefObject<HTMLElement | null>;
}) {
  const { title, open, onClose, children, side, width = "max-w-lg", settings = false, initialFocus } = props;
  const isAside = useDialogs().open === "settings" && !settings;
  const place = side
    ? `inset-y-0 ${side === "left" ? "left-0 border-r" : "right-0 border-l"} w-full max-w-sm`
    : `top-[10vh] left-1/2 -translate-x-1/2 w-[calc(100vw-1.5rem)] ${width} max-h-[80vh] rounded-xl border`;
  return (
    <Base.Root open={open && !isAside} onOpenChange={(now) => !now && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/35" />
        <Base.Popup
          className={`fixed z-50 flex flex-col overflow-hidden border-strong bg-raised shadow-2xl outline-none ${place}`}
          {...(initialFocus ? { initialFocus } : {})}
        >
          <div className="flex h-12 shrink-0 items-center justify-between border-line border-b pr-2 pl-4">
            <Base.Title className="font-semibold text-sm">{title}</Base.Title>
            <Base.Close className="button plain" aria-label="Close">
              <X size={16} />
            </Base.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto p-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
