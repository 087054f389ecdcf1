import { ArrowDownNarrowWide, ArrowDownWideNarrow } from "lucide-react";
import { navigate } from "../url/navigation";
import type { Order } from "../url/view";

/** Whether the newest or the oldest entries stand at the top; a live list has the newest there. */
export function OrderButton({ order }: { order: Order }) {
  const isNewest = order === "desc";
  const Icon = isNewest ? ArrowDownWideNarrow : ArrowDownNarrowWide;
  return (
    <button
      type="button"
      className="button plain small"
      title={isNewest ? "Show the oldest first" : "Show the newest first"}
      onClick={() => navigate({ order: isNewest ? "asc" : "desc" })}
    >
      <Icon size={14} aria-hidden />
      <span className="max-sm:sr-only">{isNewest ? "Newest first" : "Oldest first"}</span>
    </button>
  );
}
