import { useQuery } from "@tanstack/react-query";
import { request } from "../api/client";
import { useEndpoint } from "../api/server";
import type { Page } from "../api/types";
import { navigate } from "../url/navigation";
import { toParams, type View } from "../url/view";

/** Nothing to show: says why, and offers what would show something. */
export function Empty({ view }: { view: View }) {
  const endpoint = useEndpoint();
  const filtered = view.q !== "" || Object.values(view.filters).some(Boolean);
  const ranged = !("last" in view.range && view.range.last === "all");
  const elsewhere = useQuery({
    queryKey: ["elsewhere", endpoint, view.q, view.filters],
    queryFn: ({ signal }) =>
      request<Page>(endpoint, "/api/logs", {
        params: { ...toParams({ ...view, range: { last: "all" } }, 0), limit: "1" },
        signal,
      }),
    enabled: ranged,
  });
  const total = elsewhere.data?.total ?? 0;
  return (
    <div className="m-auto flex max-w-md flex-col items-center gap-3 p-8 text-center">
      <p className="font-medium text-sm">
        {filtered ? "Nothing matches" : ranged ? "Nothing in this time" : "Nothing is stored yet"}
      </p>
      <p className="text-soft">
        {ranged && total > 0
          ? `Outside this time range ${total === 1 ? "there is one entry" : `there are ${total.toLocaleString("en")} entries`}.`
          : filtered
            ? "No stored entry passes these filters."
            : view.live
              ? "Entries appear here the moment they arrive."
              : "Send something to POST /api/logs, and search again."}
      </p>
      <div className="flex flex-wrap justify-center gap-2">
        {ranged && total > 0 && (
          <button type="button" className="button primary" onClick={() => navigate({ range: { last: "all" } })}>
            Show all time
          </button>
        )}
        {filtered && (
          <button type="button" className="button" onClick={() => navigate({ q: "", filters: {} })}>
            Clear the filters
          </button>
        )}
      </div>
    </div>
  );
}
