import { Menu } from "@base-ui/react/menu";
import { Download } from "lucide-react";

export function ExportMenu({ onExport }: { onExport: (format: "ndjson" | "csv") => void }) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button plain" aria-label="Export" title="Export everything that matches">
        <Download size={16} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="z-30">
          <Menu.Popup className="popup w-56">
            <div className="label px-2 py-1.5">Everything that matches</div>
            <Menu.Item className="item" onClick={() => onExport("ndjson")}>
              NDJSON <span className="ml-auto text-faint">one entry a line</span>
            </Menu.Item>
            <Menu.Item className="item" onClick={() => onExport("csv")}>
              CSV <span className="ml-auto text-faint">for spreadsheets</span>
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
