import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { messageOf, tellRefused } from "../administration/adminRequests";
import { VIEWS_PATH } from "../api/kept";
import { KEPT } from "../api/keptQuery";
import { request } from "../api/request";
import { useAdminEndpoint } from "../api/server";
import { deleteSearch, type SavedSearch } from "../saved/searches";
import { announce } from "../toast/announce";
import type { KeptView } from "../url/kept";
import { isKeptWhole, viewsOf } from "./moving";

interface Props {
  searches: readonly SavedSearch[];
  views: readonly KeptView[];
}

/** Moves to the server the searches of this browser that a view can keep: what has arrived there is deleted here. */
export function MoveSearches({ searches, views }: Props) {
  const movable = searches.filter(isKeptWhole);
  const staying = searches.filter((one) => !isKeptWhole(one));
  const endpoint = useAdminEndpoint();
  const queries = useQueryClient();
  const moving = useMutation({
    async mutationFn() {
      const made = viewsOf(
        movable,
        views.map((one) => one.name),
      );
      for (const view of made) {
        await request(endpoint, VIEWS_PATH, { method: "POST", body: view });
        deleteSearch(view.title ?? "");
      }
      return made.length;
    },
    onSuccess: (count) => announce(count === 1 ? "1 search is the team's now" : `${count} searches are the team's now`),
    onError: tellRefused,
    onSettled: () => queries.invalidateQueries({ queryKey: [KEPT] }),
  });
  return (
    <>
      {movable.length > 0 && (
        <button
          type="button"
          className="item text-accent hover:bg-wash"
          disabled={moving.isPending}
          onClick={() => moving.mutate()}
        >
          <Upload size={14} aria-hidden /> {whichOf(movable.length, searches.length)} to the team
        </button>
      )}
      {staying.length > 0 && (
        <p className="px-2 py-1 text-faint">
          {staying.length === 1 ? staying[0]?.name : `${staying.length} searches`} can't move: a view keeps filters,
          range and columns, but no highlights, order or other look.
        </p>
      )}
      {moving.error && (
        <p role="alert" className="px-2 py-1 text-error">
          {messageOf(moving.error)}
        </p>
      )}
    </>
  );
}

function whichOf(moved: number, all: number): string {
  if (moved < all) return `Move ${moved}`;
  return all === 1 ? "Move it" : `Move all ${all}`;
}
