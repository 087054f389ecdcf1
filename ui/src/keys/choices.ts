// Where there is no list of entries, the keys of rows move through what can be chosen: elements with `data-choice`.

/** Moves the focus to the next choice on the page, or the one before; Enter then presses it. */
export function focusChoice(step: 1 | -1): void {
  const choices = [...document.querySelectorAll<HTMLElement>("[data-choice]")];
  const focused = choices.indexOf(document.activeElement as HTMLElement);
  const next = focused < 0 ? 0 : Math.max(0, Math.min(choices.length - 1, focused + step));
  choices[next]?.focus();
}
