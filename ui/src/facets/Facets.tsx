// What there is to choose from, with counts: levels, applications, environments, categories; and the filters that have
// no list. Each list is counted under all filters but its own.
import { useValues } from "../api/counts";
import { useIsExtended } from "../api/server";
import { type Level, SEVERE_FIRST } from "../entries/entry";
import { term, withTerm } from "../query/terms";
import { chosenLevels, exactValue, exactValues, withLevelToggled } from "../url/filters";
import { currentView, navigate, setFilter } from "../url/navigation";
import type { Question } from "../url/question";
import { FacetList } from "./FacetList";
import { FilterInput } from "./FilterInput";

interface Props {
  question: Question;
}

export function Facets({ question }: Props) {
  const { filters } = question;
  return (
    <nav aria-label="Filters" className="flex flex-col gap-5 p-3">
      <Levels question={question} />
      <Values title="Application" field="app_key" question={question} />
      <Values title="Environment" field="app_id" question={question} />
      <Values title="Category" field="category" question={question} />
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

function Levels({ question }: Props) {
  const extended = useIsExtended();
  const { data } = useValues("level", question);
  const counts = new Map(data?.value.values.map(({ value, count }) => [value, count]));
  const toggle = (level: Level) =>
    navigate({ filters: withLevelToggled(currentView().filters, level, extended), around: null });
  return (
    <FacetList
      title="Level"
      values={SEVERE_FIRST.map((level) => ({ value: level, count: data ? (counts.get(level) ?? 0) : null }))}
      chosen={chosenLevels(question.filters)}
      onToggle={(value) => toggle(value as Level)}
      onClear={() => setFilter("level", "")}
      swatch
    />
  );
}

function Values({ title, field, question }: Props & { title: string; field: "app_key" | "app_id" | "category" }) {
  const extended = useIsExtended();
  const { data } = useValues(field, question);
  const filter = question.filters[field];
  if (!extended) return <FilterInput name={field} label={title} value={filter} />;
  const isExact = field !== "category";
  const chosen = isExact ? exactValues(filter ?? "") : [filter ?? ""].filter(Boolean);
  const toggle = (value: string) => {
    const wanted = isExact ? exactValue(value) : value;
    setFilter(field, chosen.includes(value) ? "" : wanted);
  };
  const values: { value: string; count: number | null }[] = [...(data?.value.values ?? [])];
  for (const one of chosen) if (!values.some(({ value }) => value === one)) values.unshift({ value: one, count: 0 });
  return (
    <FacetList
      title={title}
      values={values}
      chosen={chosen}
      onToggle={toggle}
      onClear={() => setFilter(field, "")}
      onExclude={(value) => navigate({ q: withTerm(currentView().q, term(field, value, true)), around: null })}
    />
  );
}
