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

/** A new list with these visits in it, each in the place of what was known of it.
 *
 * When a visit began does not change, so that is where it is looked for.
 */
export function merged(visits: readonly Visit[], others: readonly Visit[]): Visit[] {
  const all = visits.slice();
  for (const visit of others) {
    const at = place(all, visit.began);
    let known = at;
    while (all[known]?.began === visit.began && !isSame(all[known] as Visit, visit)) known += 1;
    if (all[known]?.began === visit.began) all[known] = visit;
    else all.splice(at, 0, visit);
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
