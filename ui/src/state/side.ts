// Whether this page is a side of a split view: a page of its own, in a frame of one from the same server, which it tells
// what happens in it.

const frame = window.frameElement;

export const isSide = frame !== null;

export type FromSide =
  | { type: "view"; search: string }
  | { type: "settings"; why: "read" | "admin" | null }
  /** This side once more, beside it. */
  | { type: "add" }
  | { type: "next" }
  | { type: "close" };

const TOLD = "side";

export function tellFrame(message: FromSide): void {
  frame?.dispatchEvent(new CustomEvent(TOLD, { detail: message }));
}

/** Hear what the page in a frame tells. Gives the way to stop. */
export function hear(side: HTMLIFrameElement, take: (message: FromSide) => void): () => void {
  const onTold = (event: Event) => take((event as CustomEvent<FromSide>).detail);
  side.addEventListener(TOLD, onTold);
  return () => side.removeEventListener(TOLD, onTold);
}
