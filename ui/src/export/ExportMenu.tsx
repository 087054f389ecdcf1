import { Download } from "lucide-react";
import { PopupMenu } from "../widgets/PopupMenu";
import type { ExportFormat } from "./download";

export function ExportMenu({ onExport }: { onExport: (format: ExportFormat) => void }) {
  return (
    <PopupMenu
      label="Export"
      title="Export all matches"
      className="button plain"
      place="top-full right-0 mt-1.5"
      items={[
        { name: "NDJSON", hint: "one entry per line", act: () => onExport("ndjson") },
        { name: "CSV", hint: "for spreadsheets", act: () => onExport("csv") },
      ]}
    >
      <Download size={16} aria-hidden />
    </PopupMenu>
  );
}
