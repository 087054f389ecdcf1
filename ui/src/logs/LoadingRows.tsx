import { SkeletonLine } from "../list/SkeletonLine";

const LINES = Array.from({ length: 24 }, (_, index) => index);

export function LoadingRows() {
  return (
    <div role="status" aria-label="Loading" className="pulse min-h-0 flex-1 overflow-hidden">
      {LINES.map((index) => (
        <SkeletonLine key={index} index={index} />
      ))}
    </div>
  );
}
