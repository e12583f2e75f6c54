/** Thirty days of a person as a strip: on which they came in, and on which they were refused. */

import type { Visit } from "../wire.ts";
import { dayOf } from "../visits/rows.ts";

export const DAYS = 30;

export interface Day {
  /** YYYY-MM-DD, by this browser's clock and zone. */
  day: string;
  cameIn: number;
  refused: number;
}

/** The strips of everybody who is in `visits`, by name; the last of the days is that of `now`. */
export function stripsOf(visits: readonly Visit[], now: Date): Map<string, Day[]> {
  const days = lastDays(now);
  const places = new Map(days.map((day, place) => [day, place]));
  const strips = new Map<string, Day[]>();
  for (const { person, outcome, began } of visits) {
    const place = places.get(dayOf(new Date(began)));
    if (person === null || place === undefined) continue;
    let strip = strips.get(person);
    if (!strip) strips.set(person, (strip = empty(days)));
    if (outcome === "came_in") strip[place]!.cameIn += 1;
    else strip[place]!.refused += 1;
  }
  return strips;
}

export function emptyStrip(now: Date): Day[] {
  return empty(lastDays(now));
}

/** How dark a day is drawn, 0 to 4: one visit is seen, and many do not drown the others. */
export function level({ cameIn, refused }: Day): number {
  const count = cameIn + refused;
  if (count === 0) return 0;
  return count <= 1 ? 1 : count <= 3 ? 2 : count <= 7 ? 3 : 4;
}

function lastDays(now: Date): string[] {
  return Array.from({ length: DAYS }, (_, place) => {
    const noon = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (DAYS - 1 - place), 12);
    return dayOf(noon);
  });
}

function empty(days: readonly string[]): Day[] {
  return days.map((day) => ({ day, cameIn: 0, refused: 0 }));
}
