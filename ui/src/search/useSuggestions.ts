import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request } from "../api/request";
import type { ValueCount } from "../api/responses";
import { useEndpoint } from "../api/server";
import { type Completion, type Suggestion, suggestLevels, suggestNames, suggestValues } from "../query/completion";
import { useSettled } from "../state/useSettled";

const SETTLE = 80;
const NONE: Suggestion[] = [];

/** What may be written at the caret, with the server's values and counts where it knows them. */
export function useSuggestions(at: Completion | null, paths: () => Iterable<string>): Suggestion[] {
  const endpoint = useEndpoint();
  const prefix = at?.prefix.replace(/^"|"$/g, "") ?? "";
  const settled = useSettled(prefix, SETTLE);
  const stored = at !== null && at.kind === "value" && at.stored;
  const { data } = useQuery({
    queryKey: ["values", endpoint, at?.field, settled],
    queryFn: ({ signal }) => {
      const params = { prefix: settled, limit: "12" };
      return request<{ values: ValueCount[] }>(endpoint, `/api/fields/${at?.field}`, { params, signal });
    },
    enabled: stored,
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  });
  if (at === null) return NONE;
  if (at.kind === "name") return suggestNames(at.prefix, paths());
  if (at.field === "level") return suggestLevels(at.prefix, at.listed);
  if (!stored) return NONE;
  const wanted = prefix.toLowerCase();
  return suggestValues((data?.values ?? []).filter(({ value }) => value.toLowerCase().startsWith(wanted)));
}
