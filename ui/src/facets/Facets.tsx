// What there is to choose from, with counts: levels, applications, environments, categories; and the filters that have
// no list. Each list is counted under all filters but its own.
import { useValues } from "../api/counts";
import { useIsExtended } from "../api/server";
import { SEVERE_FIRST } from "../entries/entry";
import { exclusions, term, withoutExclusions, withoutTerm } from "../query/terms";
import { useRowsAreThere } from "../state/firstRows";
import { type FacetName, valuesOf, withToggled, withValues } from "../url/filters";
import { only, without } from "../url/narrow";
import { currentView, navigate } from "../url/navigation";
import type { Question } from "../url/question";
import { FacetList } from "./FacetList";
import { FilterInput } from "./FilterInput";

interface Props {
  question: Question;
}

export function Facets({ question }: Props) {
  const extended = useIsExtended();
  const { filters } = question;
  return (
    <nav aria-label="Filters" className="flex flex-col gap-5 p-3">
      <Facet title="Level" field="level" question={question} />
      {extended ? (
        <>
          <Facet title="Application" field="app_key" question={question} />
          <Facet title="Environment" field="app_id" question={question} />
          <Facet title="Category" field="category" question={question} />
        </>
      ) : (
        <>
          <FilterInput name="app_key" label="Application" value={filters.app_key} />
          <FilterInput name="app_id" label="Environment" value={filters.app_id} />
          <FilterInput name="category" label="Category" value={filters.category} />
        </>
      )}
      <section className="flex flex-col gap-2">
        <h2 className="label">More filters</h2>
        <FilterInput name="search" label="Message contains" value={filters.search} />
        <FilterInput name="trace_id" label="Trace ID" value={filters.trace_id} />
        <FilterInput name="batch_id" label="Batch ID" value={filters.batch_id} />
        <FilterInput name="user_agent" label="User agent contains" value={filters.user_agent} />
      </section>
    </nav>
  );
}

/** The values of a field: chosen ones add up, one may be the only one, and any may be left out. */
function Facet({ title, field, question }: Props & { title: string; field: FacetName }) {
  const several = useIsExtended();
  const { data } = useValues(field, question, useRowsAreThere());
  const chosen = valuesOf(question.filters, field);
  const excluded = exclusions(question.q).flatMap((one) => (one.field === field ? [one.value] : []));
  const excluding = (value: string) => term(field, value, true);
  const toggle = (value: string) => {
    const { filters, q } = currentView();
    const left = withoutTerm(q, excluding(value));
    navigate({ filters: withToggled(filters, field, value, several), q: left, around: null });
  };
  const onOnly = (value: string) => navigate({ ...only(currentView(), field, value), around: null });
  const onExclude = (value: string) => {
    const { filters, q } = currentView();
    const isOut = excluded.includes(value);
    const changed = isOut ? { q: withoutTerm(q, excluding(value)) } : without({ q, filters }, field, value);
    navigate({ ...changed, around: null });
  };
  const clear = () => {
    const { filters, q } = currentView();
    navigate({ filters: withValues(filters, field, []), q: withoutExclusions(q, field), around: null });
  };
  return (
    <FacetList
      title={title}
      values={listed(data?.value.values, field, [...chosen, ...excluded])}
      chosen={chosen}
      excluded={excluded}
      onToggle={toggle}
      onOnly={onOnly}
      onClear={clear}
      onExclude={several ? onExclude : undefined}
      swatch={field === "level"}
    />
  );
}

type Counted = { value: string; count: number | null };

/** The values that are stored; before them those in use that aren't. Of levels, all. */
function listed(stored: readonly Counted[] | undefined, field: FacetName, used: readonly string[]): Counted[] {
  const counts = new Map(stored?.map(({ value, count }) => [value, count]));
  if (field === "level")
    return SEVERE_FIRST.map((level) => ({ value: level, count: stored ? (counts.get(level) ?? 0) : null }));
  const missing = new Set(used.filter((value) => !counts.has(value)));
  return [...[...missing].map((value) => ({ value, count: 0 })), ...(stored ?? [])];
}
