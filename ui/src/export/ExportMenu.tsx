import { Download } from "lucide-react";
import { Choices } from "../parts/Choices";

export function ExportMenu({ onExport }: { onExport: (format: "ndjson" | "csv") => void }) {
  return (
    <Choices
      label="Export"
      title="Export everything that matches"
      className="button plain"
      place="top-full right-0 mt-1.5"
      choices={[
        { name: "NDJSON", hint: "one entry a line", act: () => onExport("ndjson") },
        { name: "CSV", hint: "for spreadsheets", act: () => onExport("csv") },
      ]}
    >
      <Download size={16} aria-hidden />
    </Choices>
  );
}
