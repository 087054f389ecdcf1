// What there is to choose from, with counts: levels, applications, environments, categories; and the filters that have
// no list. Each list is counted under all filters but its own.

import { useValues } from "../api/counts";
import { useIsComplete } from "../api/server";
import { LEVELS, type Level, SEVERE_FIRST } from "../entries/entry";
import { term, withTerm } from "../query/terms";
import { currentView, navigate } from "../url/navigation";
import type { FilterName, View } from "../url/view";
import { FacetList } from "./FacetList";
import { FilterInput } from "./FilterInput";

export function setFilter(name: FilterName, value: string): void {
  const filters = { ...currentView().filters };
  if (value) filters[name] = value;
  else delete filters[name];
  navigate({ filters, around: null });
}

export function toggleLevel(level: Level, many: boolean): void {
  const chosen = new Set((currentView().filters.level ?? "").split(",").filter(Boolean));
  if (chosen.has(level)) chosen.delete(level);
  else {
    if (!many) chosen.clear();
    chosen.add(level);
  }
  setFilter("level", LEVELS.filter((one) => chosen.has(one)).join(","));
}

export function Facets({ view, at, live }: { view: View; at: number; live: boolean }) {
  const complete = useIsComplete();
  return (
    <nav aria-label="Filters" className="flex flex-col gap-5 p-3">
      <Levels view={view} at={at} live={live} complete={complete} />
      <Values title="Application" field="app_key" view={view} at={at} live={live} complete={complete} />
      <Values title="Environment" field="app_id" view={view} at={at} live={live} complete={complete} />
      <Values title="Category" field="category" view={view} at={at} live={live} complete={complete} />
      <section className="flex flex-col gap-2">
        <h2 className="label">More</h2>
        <FilterInput name="search" label="Message contains" value={view.filters.search} />
        <FilterInput name="trace_id" label="Trace ID" value={view.filters.trace_id} />
        <FilterInput name="batch_id" label="Batch ID" value={view.filters.batch_id} />
        <FilterInput name="user_agent" label="User agent contains" value={view.filters.user_agent} />
      </section>
    </nav>
  );
}

interface FacetProps {
  view: View;
  at: number;
  live: boolean;
  complete: boolean;
}

function Levels({ view, at, live, complete }: FacetProps) {
  const { data } = useValues("level", view, at, live);
  const counts = new Map(data?.value.values.map(({ value, count }) => [value, count]));
  const chosen = (view.filters.level ?? "").split(",").filter(Boolean);
  return (
    <FacetList
      title="Level"
      values={SEVERE_FIRST.map((level) => ({ value: level, count: data ? (counts.get(level) ?? 0) : null }))}
      chosen={chosen}
      onToggle={(value) => toggleLevel(value as Level, complete)}
      onClear={() => setFilter("level", "")}
      swatch
    />
  );
}

function Values({
  title,
  field,
  view,
  at,
  live,
  complete,
}: FacetProps & { title: string; field: "app_key" | "app_id" | "category" }) {
  const { data } = useValues(field, view, at, live);
  const chosen = view.filters[field];
  if (!complete) return <FilterInput name={field} label={title} value={chosen} />;
  const values: { value: string; count: number | null }[] = [...(data?.value.values ?? [])];
  if (chosen && !values.some(({ value }) => value === chosen)) values.unshift({ value: chosen, count: 0 });
  return (
    <FacetList
      title={title}
      values={values}
      chosen={chosen ? [chosen] : []}
      onToggle={(value) => setFilter(field, value === chosen ? "" : value)}
      onClear={() => setFilter(field, "")}
      onExclude={(value) => navigate({ q: withTerm(currentView().q, term(field, value, true)), around: null })}
    />
  );
}
