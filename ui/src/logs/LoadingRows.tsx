import { useTable } from "../columns/table";
import { tracksOf } from "../columns/tracks";
import { SkeletonLine } from "../list/SkeletonLine";

const LINES = Array.from({ length: 24 }, (_, index) => index);

export function LoadingRows() {
  const { columns } = useTable();
  const style = { "--columns": tracksOf(columns), "--time-width": "6.4rem" } as React.CSSProperties;
  return (
    <div role="status" aria-label="Loading" className="pulse min-h-0 flex-1 overflow-hidden" style={style}>
      {LINES.map((index) => (
        <SkeletonLine key={index} index={index} columns={columns} />
      ))}
    </div>
  );
}
