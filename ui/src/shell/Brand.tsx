export function Brand() {
  return (
    <span className="flex items-center gap-2 font-semibold text-sm tracking-tight">
      <svg viewBox="0 0 32 32" className="size-5" aria-hidden="true">
        <rect width="32" height="32" rx="7" className="fill-[#4f46e5]" />
        <g fill="#fff">
          <rect x="7" y="8" width="12" height="3" rx="1.5" />
          <rect x="7" y="14.5" width="18" height="3" rx="1.5" opacity=".75" />
          <rect x="7" y="21" width="9" height="3" rx="1.5" opacity=".55" />
        </g>
      </svg>
      <span className="hidden sm:inline">logstream</span>
    </span>
  );
}
