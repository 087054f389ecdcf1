import type { KeptAlert } from "../api/responses";

const COLOURS = {
  firing: "bg-error text-page",
  error: "bg-warning/12 text-warning",
  muted: "bg-line text-soft",
  ok: "bg-notice/12 text-notice",
  off: "bg-line text-soft",
};

/** The state as a word in its colour: the word, not the colour, says which. */
export function StateBadge({ alert }: { alert: KeptAlert }) {
  const state = alert.enabled ? alert.state : "off";
  return (
    <span className={`w-14 self-start shrink-0 rounded py-0.5 text-center font-semibold text-xs ${COLOURS[state]}`}>
      {state}
    </span>
  );
}
