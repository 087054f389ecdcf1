/** A row whose entry is on its way. */
export function SkeletonLine({ index }: { index: number }) {
  const width = 30 + ((index * 37) % 50);
  return (
    <div className="row max-md:gap-y-1.5!" aria-hidden>
      <span className="bar" />
      <span className="time skeleton h-3 max-md:w-20" />
      <span className="level skeleton h-3 w-12" />
      <span className="app skeleton h-3 max-md:w-28" />
      <span className="category skeleton h-3" />
      <span className="message skeleton h-3" style={{ width: `${width}%` }} />
      <span className="trace" />
    </div>
  );
}
