// The table as it is now: what the address says, else what this browser remembers, else what there is room for.
import { useMemo } from "react";
import { useNarrow } from "../state/media";
import { Store, useStore } from "../state/store";
import { Stored } from "../state/stored";
import { currentView, navigate, useView } from "../url/navigation";
import { type Column, DEFAULT_TABLE, isDefault, readTable, type Table, withColumn, writeTable } from "../url/table";

const remembered = new Stored("logservice:table", parsed);

/** What was stored, read as an address is, which takes nothing for granted. */
function parsed(text: string | null): Table | null {
  try {
    const given: unknown = JSON.parse(text ?? "null");
    return given === null ? null : readTable(written(given as Table));
  } catch {
    return null;
  }
}

function written(table: Table): URLSearchParams {
  const made = new URLSearchParams();
  writeTable(table, made);
  return made;
}

const columns = (...names: string[]): readonly Column[] => names.map((name) => ({ name, width: null }));
const WIDE = columns("time", "level", "app", "category", "message", "trace");
const NARROW = columns("time", "level", "app", "message", "trace");
/** On a phone an entry has two lines, in which no column has a place of its own. */
const PHONE = columns("time", "level", "app", "message");
const NARROW_SCREEN = 1200;
const PHONE_SCREEN = 768;

interface ShownTable extends Table {
  columns: readonly Column[];
  isPhone: boolean;
}

/** A column whose edge is dragged, and how wide it is meanwhile; null: none is. */
const dragged = new Store<Column | null>(null);
export const showDragged = dragged.set;

export function useTable(): ShownTable {
  const view = useView();
  const kept = useStore(remembered);
  const narrow = useNarrow(NARROW_SCREEN);
  const isPhone = useNarrow(PHONE_SCREEN);
  const drag = useStore(dragged);
  const table = view.table ?? kept ?? DEFAULT_TABLE;
  return useMemo(() => {
    if (isPhone) return { ...DEFAULT_TABLE, columns: PHONE, isPhone };
    const shown = table.columns ?? (narrow ? NARROW : WIDE);
    return { ...table, columns: shown.map((one) => (one.name === drag?.name ? drag : one)), isPhone };
  }, [table, narrow, isPhone, drag]);
}

/** What a link says of the table. */
export const currentTable = (): Table | null => currentView().table ?? remembered.get();

/** Shown, remembered, and part of the address. */
export function changeTable(change: Partial<Table>): void {
  const table = { ...(currentTable() ?? DEFAULT_TABLE), ...change };
  const shown = isDefault(table) ? null : table;
  remembered.set(shown);
  navigate({ table: shown }, true);
}

export function showColumn(name: string): void {
  const shown = currentTable()?.columns ?? (innerWidth < NARROW_SCREEN ? NARROW : WIDE);
  changeTable({ columns: withColumn(shown, name) });
}
