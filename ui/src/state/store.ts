// A value that components share, outside of React: whoever uses it is rendered again when it changes.
import { useSyncExternalStore } from "react";

/** What can be read and watched: a store, or something that the browser keeps. */
export interface Observable<T> {
  get: () => T;
  /** Gives the way to unsubscribe. */
  subscribe: (listener: () => void) => () => void;
}

export class Store<T> implements Observable<T> {
  private readonly listeners = new Set<() => void>();
  constructor(private value: T) {}

  get = (): T => this.value;
  set = (value: T): void => {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of this.listeners) listener();
  };
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

/** A value that changes when `target` fires `event`. */
export function observed<T>(target: EventTarget, event: string, get: () => T): Observable<T> {
  return {
    get,
    subscribe(listener) {
      target.addEventListener(event, listener);
      return () => target.removeEventListener(event, listener);
    },
  };
}

const whole = <T>(value: T): T => value;

/** The value, or what `select` takes of it: the same for the same value, else the component renders without end. */
export function useStore<T>(store: Observable<T>): T;
export function useStore<T, Part>(store: Observable<T>, select: (value: T) => Part): Part;
export function useStore<T>(store: Observable<T>, select: (value: T) => unknown = whole): unknown {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
