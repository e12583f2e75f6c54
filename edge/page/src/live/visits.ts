/** The visits in memory, newest first: added to one by one, and never sorted anew. */

import type { Visit } from "../wire.ts";

/** More than that nobody scrolls through; the server keeps no more either. */
export const MOST_VISITS = 10_000;

/** Where a visit that began then stands, or would: the first that is not later. */
function place(visits: readonly Visit[], began: string): number {
  let low = 0;
  let high = visits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((visits[middle] as Visit).began > began) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSame(one: Visit, other: Visit): boolean {
  return one.id === other.id && one.door === other.door;
}

/** A new list with these visits in it, each in the place of what was known of it. */
export function merged(visits: readonly Visit[], others: readonly Visit[]): Visit[] {
  const all = visits.slice();
  const known = new Map<string, string>();
  if (others.length > 1) for (const { door, id, began } of all) known.set(`${door} ${id}`, began);
  for (const visit of others) {
    const before = others.length > 1 ? known.get(`${visit.door} ${visit.id}`) : visit.began;
    if (before !== undefined) {
      let at = place(all, before);
      while (at < all.length && all[at]?.began === before && !isSame(all[at] as Visit, visit)) at += 1;
      if (at < all.length && isSame(all[at] as Visit, visit)) {
        if (before === visit.began) {
          all[at] = visit;
          continue;
        }
        all.splice(at, 1);
      }
    }
    all.splice(place(all, visit.began), 0, visit);
    known.set(`${visit.door} ${visit.id}`, visit.began);
  }
  if (all.length > MOST_VISITS) all.length = MOST_VISITS;
  return all;
}

/** What is left of a visit when somebody was erased: that somebody came. */
export function withoutNames(visit: Visit): Visit {
  return {
    ...visit,
    person: null,
    person_by: null,
    picture: false,
    rule: null,
    ...(visit.nearest === undefined ? {} : { nearest: null }),
  };
}
