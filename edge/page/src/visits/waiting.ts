/** Rows that wait: what comes while somebody reads further down must not push it away.
 *
 * While the list is at its top, everything is shown. As soon as it is scrolled down, whatever is new
 * waits until it is asked for, and only its number is told; what was there goes on changing in place.
 */

import type { Visit } from "../wire.ts";

/** What was there when the list was scrolled down: ids, and the begin of the newest. */
export interface Mark {
  ids: ReadonlySet<string>;
  newest: string;
}

/** Of visits, newest first. */
export function markOf(visits: readonly Visit[]): Mark {
  return { ids: new Set(visits.map((visit) => visit.id)), newest: visits[0]?.began ?? "" };
}

/** Visits to show and how many wait. Older ones that are loaded later are no news. */
export function split(
  visits: readonly Visit[],
  mark: Mark | null,
): { shown: readonly Visit[]; waiting: number } {
  if (mark === null) return { shown: visits, waiting: 0 };
  const older = visits.findIndex(({ began }) => began < mark.newest);
  const recent = older < 0 ? visits : visits.slice(0, older);
  const stay = recent.filter(({ id }) => mark.ids.has(id));
  const waiting = recent.length - stay.length;
  return { shown: waiting ? [...stay, ...visits.slice(recent.length)] : visits, waiting };
}
