/** The newest visit of each person, and the reasons for which each was refused most. */

import type { Visit } from "../wire.ts";

/** The first of each in `visits`, which are newest first. */
export function lastVisits(visits: readonly Visit[], door: string | null): Map<string, Visit> {
  const last = new Map<string, Visit>();
  for (const visit of visits) {
    const isHere = door === null || visit.door === door;
    if (visit.person !== null && isHere && !last.has(visit.person)) last.set(visit.person, visit);
  }
  return last;
}

/** A visit of each whose picture was kept: their face in the list. */
export function lastPictures(visits: readonly Visit[]): Map<string, Visit> {
  return lastVisits(
    visits.filter(({ picture, outcome }) => picture && outcome === "came_in"),
    null,
  );
}

/** For what somebody was refused more often than for anything else; null: never. */
export function mostlyRefusedFor(visits: readonly Visit[]): string | null {
  const counts = new Map<string, number>();
  for (const { outcome, reason } of visits) {
    if (outcome === "refused") counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([one, n], [other, m]) => m - n || one.localeCompare(other));
  return sorted[0]?.[0] ?? null;
}
