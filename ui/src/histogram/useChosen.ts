import { useState } from "react";

/** The bar that arrow keys or the pointer choose; Enter acts on it. */
export function useChosen(count: number, act: (index: number) => void) {
  const [chosen, setChosen] = useState<number | null>(null);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const last = count - 1;
    const from = chosen ?? (event.key === "ArrowLeft" ? last + 1 : -1);
    if (event.key === "ArrowLeft") setChosen(Math.max(0, from - 1));
    else if (event.key === "ArrowRight") setChosen(Math.min(last, from + 1));
    else if (event.key === "Enter" && chosen !== null) act(chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { chosen, setChosen, onKeyDown };
}
