interface Props {
  /** What is wrong; null: nothing. */
  message: string | null;
  action: string;
  ready: boolean;
  onCancel: () => void;
}

/** The end of a form in a dialog: what is wrong with it, and the two ways out. */
export function FormFooter({ message, action, ready, onCancel }: Props) {
  return (
    <div className="sticky bottom-0 -mx-4 -mb-4 flex flex-col gap-2 border-line border-t bg-raised px-4 py-3">
      {message && (
        <p role="alert" className="text-error">
          {message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={!ready}>
          {action}
        </button>
      </div>
    </div>
  );
}
