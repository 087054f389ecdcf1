// One dashboard: its filters and range in the header, as the page of the logs has them, and its panels, which can be edited.
import { LayoutGrid, Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { dashboardPath, useDashboardsQuery } from "../api/kept";
import { FilterChips } from "../facets/FilterChips";
import { useKeys } from "../keys/useKeys";
import { RangePicker } from "../range/RangePicker";
import { SEARCH_ID, SearchBox } from "../search/SearchBox";
import { Header } from "../shell/Header";
import { openDialog, useDialogs } from "../state/dialogs";
import { NamedBar } from "../team/NamedBar";
import { type KeptDashboard, keptOf } from "../url/kept";
import { navigate } from "../url/navigation";
import { openDashboard } from "../url/openKept";
import type { PageName, View } from "../url/view";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { freePlace } from "./layout";
import { PanelForm } from "./PanelForm";
import { type Item, PanelGrid } from "./PanelGrid";
import { useMoment } from "./usePanelStats";

const Palette = lazy(() => import("../palette/Palette"));
const MOST_PANELS = 24;
const NO_PATHS = () => [];

interface Props {
  name: string;
  view: View;
  offered: readonly PageName[];
}

export default function DashboardPage({ name, view, offered }: Props) {
  const { data, error, retry } = useDashboardsQuery();
  const kept = data?.dashboards.find((one) => one.name === name);
  const dialogs = useDialogs();
  useKeys((command) => {
    if (command === "help") openDialog("keys");
    if (command === "palette") openDialog("palette");
    if (command === "search") document.getElementById(SEARCH_ID)?.focus();
  });
  return (
    <>
      <Header page="dashboards" offered={offered} status={null}>
        <SearchBox q={view.q} onSearch={(q) => navigate({ q })} error={null} paths={NO_PATHS} searchable />
        <RangePicker range={view.range} />
      </Header>
      {error && <ErrorBanner error={error} onRetry={retry} />}
      {/* What is saved comes back with another revision, and ends the editing. */}
      {kept && <Dashboard key={`${name} ${kept.revision}`} kept={kept} view={view} />}
      <Suspense>{dialogs.open === "palette" && <Palette pages={offered} onCommand={null} onExport={null} />}</Suspense>
    </>
  );
}

const itemsOf = ({ panels }: KeptDashboard): Item[] => panels.map((panel, id) => ({ id, panel }));

function Dashboard({ kept, view }: { kept: KeptDashboard; view: View }) {
  const { q, filters, range } = view;
  const moment = useMoment("last" in range || range.to === "");
  const [draft, setDraft] = useState<Item[] | null>(null);
  const [form, setForm] = useState<{ item: Item | null } | null>(null);
  const items = draft ?? itemsOf(kept);
  const panels = items.map(({ panel }) => panel);
  const save = (panel: Item["panel"]) => {
    const edited = form?.item;
    const added = { id: Math.max(-1, ...items.map(({ id }) => id)) + 1, panel };
    setDraft(edited ? items.map((item) => (item.id === edited.id ? { ...item, panel } : item)) : [...items, added]);
    setForm(null);
  };
  const discard = () => {
    setDraft(null);
    openDashboard(kept);
  };
  return (
    <>
      <NamedBar
        kind="dashboard"
        view={view}
        kept={kept}
        path={dashboardPath(kept.name)}
        body={{ ...kept, ...keptOf(view), panels }}
        isEditing={draft !== null}
        onBack={discard}
        onSaved={openDashboard}
      >
        {draft ? (
          <button
            type="button"
            className="button small"
            disabled={panels.length >= MOST_PANELS}
            onClick={() => setForm({ item: null })}
          >
            <Plus size={12} aria-hidden /> Add a panel…
          </button>
        ) : (
          <button type="button" className="button small" onClick={() => setDraft(itemsOf(kept))}>
            <LayoutGrid size={12} aria-hidden /> Edit panels
          </button>
        )}
      </NamedBar>
      <FilterChips q={q} filters={filters} />
      <main className="min-h-0 flex-1 overflow-y-auto p-3 max-sm:p-2">
        {items.length === 0 && (
          <p className="p-8 text-center text-soft">
            No panels yet. {draft ? "Add one to begin." : "Choose “Edit panels” to add some."}
          </p>
        )}
        <PanelGrid
          items={items}
          asked={{ q, filters, range }}
          moment={moment}
          editing={draft && { change: setDraft, edit: (item) => setForm({ item }) }}
        />
      </main>
      {form && (
        <PanelForm
          panel={form.item?.panel ?? null}
          placeFor={({ w, h }) => freePlace(panels, w, h)}
          onSave={save}
          onClose={() => setForm(null)}
        />
      )}
    </>
  );
}
