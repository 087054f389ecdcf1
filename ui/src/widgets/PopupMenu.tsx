import type { ReactNode } from "react";
import { Popup } from "./Popup";

export interface MenuItem {
  name: string;
  hint?: string;
  disabled?: boolean;
  act: () => void;
}

/** A button that offers a few things to do. */
export function PopupMenu(props: {
  label: string;
  title?: string;
  className: string;
  place: string;
  items: MenuItem[];
  children: ReactNode;
}) {
  const { label, title = label, className, place, items, children } = props;
  return (
    <Popup label={label} title={title} className={className} place={`w-60 ${place}`} button={children}>
      {(close) =>
        items.map(({ name, hint, disabled, act }) => (
          <button
            key={name}
            type="button"
            className="item hover:bg-wash focus-visible:bg-wash disabled:opacity-50"
            disabled={disabled}
            onClick={() => {
              close();
              act();
            }}
          >
            {name}
            {hint && <span className="ml-auto text-faint">{hint}</span>}
          </button>
        ))
      }
    </Popup>
  );
}
