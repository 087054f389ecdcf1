interface Props {
  on: boolean;
  /** What is on or off, for those who don't see where it stands. */
  label: string;
  /** The word beside it, one for on and one for off. */
  words: readonly [on: string, off: string];
  disabled?: boolean;
  onClick: () => void;
}

export function Switch({ on, label, words, disabled = false, onClick }: Props) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={label}
      disabled={disabled}
      className="flex items-center gap-2"
      onClick={onClick}
    >
      <span
        aria-hidden
        className={`flex h-4 w-7 items-center rounded-full px-0.5 ${on ? "justify-end bg-accent" : "bg-strong"}`}
      >
        <span className="size-3 rounded-full bg-page" />
      </span>
      <span className={on ? "" : "text-soft"}>{on ? words[0] : words[1]}</span>
    </button>
  );
}
