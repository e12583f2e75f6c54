/** The rows of the list: visits under headings of their days, and which of them are in view.

Ten thousand rows cannot all be nodes. Only those in view are, and a few beyond; where each of them
lies is known without asking the browser, since there are two heights. */

import type { Visit } from "../wire.ts";

export interface Row {
  /** A visit, or null for the heading of a day. */
  visit: Visit | null;
  /** The day, as YYYY-MM-DD by this browser's clock and zone. */
  day: string;
  topPx: number;
  heightPx: number;
  /** Of the visit among all, from 0; of a heading, that of its first visit. */
  place: number;
}

export interface Heights {
  visitPx: number;
  dayPx: number;
}

/** Rows of `visits`, newest first, in the zone of this browser. */
export function rowsOf(visits: readonly Visit[], heights: Heights): Row[] {
  const rows: Row[] = [];
  let topPx = 0;
  let day = "";
  visits.forEach((visit, place) => {
    const itsDay = dayAt(visit.began);
    if (itsDay !== day) {
      day = itsDay;
      rows.push({ visit: null, day, topPx, heightPx: heights.dayPx, place });
      topPx += heights.dayPx;
    }
    rows.push({ visit, day, topPx, heightPx: heights.visitPx, place });
    topPx += heights.visitPx;
  });
  return rows;
}

export function heightOf(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last ? last.topPx + last.heightPx : 0;
}

/** Those that lie between two heights, and `beyond` more on both sides. */
export function inView(
  rows: readonly Row[],
  topPx: number,
  heightPx: number,
  beyond: number,
): Row[] {
  const first = at(rows, topPx);
  const last = at(rows, topPx + heightPx);
  return rows.slice(Math.max(0, first - beyond), last + 1 + beyond);
}

/** The number of the row at a height; the nearest one above or below all of them. */
export function at(rows: readonly Row[], topPx: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle]!.topPx <= topPx) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where to scroll so that a row is wholly in view, under a heading that stays; null: it is. */
export function scrollTo(
  row: Row,
  topPx: number,
  heightPx: number,
  coveredPx: number,
): number | null {
  if (row.topPx < topPx + coveredPx) return Math.max(0, row.topPx - coveredPx);
  const below = row.topPx + row.heightPx - heightPx;
  return below > topPx ? below : null;
}

/** Days of times that were asked for: a Date for each of 10,000 rows would be slow. */
const known = new Map<string, string>();
const MOST_KNOWN = 20_000;

function dayAt(time: string): string {
  // Every zone is a multiple of a quarter of an hour away, so days begin at none between.
  const quarter = `${time.slice(0, 14)}${Math.floor(Number(time.slice(14, 16)) / 15)}`;
  let day = known.get(quarter);
  if (day === undefined) {
    if (known.size > MOST_KNOWN) known.clear();
    day = dayOf(new Date(time));
    known.set(quarter, day);
  }
  return day;
}

export function dayOf(time: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}
