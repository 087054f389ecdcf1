import { useAnnouncement } from "./announce";

export function Toast() {
  const text = useAnnouncement();
  return (
    <div
      role="status"
      aria-live="polite"
      className="-translate-x-1/2 pointer-events-none fixed bottom-14 left-1/2 z-[60]"
    >
      {text && <span className="rounded-lg bg-ink px-3 py-2 text-page shadow-lg">{text}</span>}
    </div>
  );
}
