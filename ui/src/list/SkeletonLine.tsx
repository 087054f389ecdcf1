import type { Column } from "../url/table";

/** A row whose entry is on its way. */
export function SkeletonLine({ index, columns }: { index: number; columns: readonly Column[] }) {
  const width = 30 + ((index * 37) % 50);
  return (
    <div className="row max-md:gap-y-1.5!" aria-hidden>
      <span className="bar" />
      {columns.map(({ name }) => (
        <span
          key={name}
          className={`${name} ${name === "trace" ? "" : "skeleton h-3"} max-md:w-20`}
          style={name === "message" ? { width: `${width}%` } : {}}
        />
      ))}
    </div>
  );
}
