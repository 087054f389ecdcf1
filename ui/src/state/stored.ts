// A store that lasts, in this browser's local storage; its other tabs follow.
import { type Observable, Store } from "./store";

export class Stored<T> implements Observable<T> {
  private readonly store: Store<T>;

  /** `parse` reads what is stored, also what others have put there; null: nothing is. */
  constructor(
    private readonly key: string,
    parse: (text: string | null) => T,
  ) {
    this.store = new Store(parse(read(key)));
    window.addEventListener("storage", (event) => {
      if (event.key === key) this.store.set(parse(event.newValue));
    });
  }

  get = (): T => this.store.get();
  set = (value: T): void => {
    write(this.key, JSON.stringify(value));
    this.store.set(value);
  };
  subscribe = (listener: () => void): (() => void) => this.store.subscribe(listener);
}

// Where storage is turned off, what is set lasts as long as the page.
function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // As above.
  }
}
