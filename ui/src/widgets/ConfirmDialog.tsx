import { AlertDialog } from "@base-ui/react/alert-dialog";
import type { ReactNode } from "react";

/** A question that must be answered before something that can't be undone. */
export function ConfirmDialog(props: {
  title: string;
  action: string;
  children: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && props.onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-black/35" />
        <AlertDialog.Popup className="-translate-x-1/2 fixed top-[20vh] left-1/2 z-50 w-[calc(100vw-1.5rem)] max-w-md rounded-xl border border-strong bg-raised p-4 shadow-2xl outline-none">
          <AlertDialog.Title className="font-semibold text-sm">{props.title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="mt-2 text-soft">
            {props.children}
          </AlertDialog.Description>
          <div className="mt-4 flex justify-end gap-2">
            <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
            <button type="button" className="button danger" onClick={props.onConfirm}>
              {props.action}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
