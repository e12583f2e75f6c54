/** One value that components follow: the page's only kind of state beside their own. */

import { useLayoutEffect, useReducer, useRef } from "preact/hooks";

export class Store<T> {
  #value: T;
  #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Replaces some fields of an object. */
  patch(fields: Partial<T>): void {
    this.set({ ...this.#value, ...fields });
  }

  /** Returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What `select` makes of the store; the component is drawn again when that is another value. */
export function useStore<T, R = T>(
  store: Store<T>,
  select: (value: T) => R = (value) => value as unknown as R,
): R {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  const selected = select(store.value);
  const seen = useRef({ selected, select });
  seen.current = { selected, select };
  useLayoutEffect(() => {
    const look = () => {
      if (!Object.is(seen.current.select(store.value), seen.current.selected)) redraw();
    };
    look(); // it may have changed between drawing and now
    return store.subscribe(look);
  }, [store]);
  return selected;
}
