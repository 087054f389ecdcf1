import { ChevronLeft, ChevronRight } from "lucide-react";
import { PAGE_SIZES } from "../config/config";
import { changeConfig, useConfig } from "../config/useConfig";
import { useNarrow } from "../state/media";
import { type Store, useStore } from "../state/store";
import { fullCount } from "../text/count";
import { IconButton } from "../widgets/IconButton";

interface Props {
  /** The first row that is seen: shared, so that scrolling renders nothing else on the page. */
  first: Store<number>;
  total: number;
  onJump: (index: number) => void;
}

/** Where one is in a search's result, and jumps by pages; the page size is also how many are fetched at once. */
export function Pager({ first: shared, total, onJump }: Props) {
  const { pageSize } = useConfig();
  const first = useStore(shared);
  const short = useNarrow(640);
  const page = Math.floor(first / pageSize);
  const pages = Math.max(1, Math.ceil(total / pageSize));
  return (
    <span className="flex items-center gap-1">
      <IconButton
        icon={ChevronLeft}
        label="Previous page"
        size="small"
        disabled={first === 0}
        onClick={() => onJump(Math.max(0, Math.ceil(first / pageSize) - 1) * pageSize)}
      />
      <span data-testid="page">
        {short ? `${fullCount(page + 1)} / ${fullCount(pages)}` : `Page ${fullCount(page + 1)} of ${fullCount(pages)}`}
      </span>
      <IconButton
        icon={ChevronRight}
        label="Next page"
        size="small"
        disabled={page + 1 >= pages}
        onClick={() => onJump((page + 1) * pageSize)}
      />
      <select
        aria-label="Page size"
        className="h-6 rounded border border-strong bg-raised px-1 text-xs max-sm:hidden"
        value={pageSize}
        onChange={(event) => changeConfig({ pageSize: Number(event.target.value) })}
      >
        {PAGE_SIZES.map((size) => (
          <option key={size} value={size}>
            {size} per page
          </option>
        ))}
      </select>
    </span>
  );
}
