/** Which visits somebody has opened in this browser: their ids, and nothing of what they show. */

import { Store } from "../store.ts";

const SHELF = "facedoor visits seen";
/** A few more than the dashboard keeps, so that each is forgotten only when its visit is. */
const MOST = 12_000;

export const seen = new Store<ReadonlySet<string>>(read());

export function look(visit: string): void {
  if (seen.value.has(visit)) return;
  const ids = [...seen.value, visit].slice(-MOST);
  seen.set(new Set(ids));
  try {
    localStorage.setItem(SHELF, ids.join(" "));
  } catch {
    // Full, or forbidden: it is known until the page is closed.
  }
}

function read(): ReadonlySet<string> {
  try {
    return new Set(localStorage.getItem(SHELF)?.split(" ").filter(Boolean));
  } catch {
    return new Set();
  }
}

// Another tab has opened one.
globalThis.addEventListener?.("storage", ({ key }) => {
  if (key === SHELF || key === null) seen.set(read());
});
