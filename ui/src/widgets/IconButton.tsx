import type { LucideIcon } from "lucide-react";

interface Props {
  icon: LucideIcon;
  /** Its name for those who don't see the icon. */
  label: string;
  /** What hovering shows, where a shorter word does. */
  title?: string;
  size?: "small" | "medium" | "large";
  disabled?: boolean;
  onClick: () => void;
}

/** A button without a word on it. */
export function IconButton({ icon: Icon, label, title = label, size = "medium", disabled = false, onClick }: Props) {
  return (
    <button
      type="button"
      className={`button plain ${size === "small" ? "small" : ""}`}
      aria-label={label}
      title={title}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon size={size === "large" ? 16 : 14} aria-hidden />
    </button>
  );
}
