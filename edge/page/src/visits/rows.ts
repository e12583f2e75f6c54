/** The rows of the list: visits under headings of their days, and which of them are in view.
 *
 * Ten thousand rows cannot all be nodes, and ten times a second not even objects. Where each lies
 * follows from the days alone, of which there are a few dozen, and those are found by halving.
 */

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

interface Day {
  day: string;
  topPx: number;
  /** The place of its first visit. */
  first: number;
  count: number;
}

export interface Rows {
  visits: readonly Visit[];
  heights: Heights;
  days: readonly Day[];
  heightPx: number;
}

/** Rows of `visits`, newest first, in the zone of this browser. */
export function rowsOf(visits: readonly Visit[], heights: Heights): Rows {
  const days: Day[] = [];
  let topPx = 0;
  for (let first = 0; first < visits.length; ) {
    const day = dayAt(visits[first]!.began);
    const count = lastOf(visits, day, first) + 1 - first;
    days.push({ day, topPx, first, count });
    topPx += heights.dayPx + count * heights.visitPx;
    first += count;
  }
  return { visits, heights, days, heightPx: topPx };
}

/** The place of the last visit of the day on which that at `first` was. */
function lastOf(visits: readonly Visit[], day: string, first: number): number {
  let low = first;
  let high = visits.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (dayAt(visits[middle]!.began) === day) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Those that lie between two heights, if only in part. */
export function inView(rows: Rows, topPx: number, bottomPx: number): Row[] {
  const { visits, heights, days } = rows;
  const found: Row[] = [];
  for (const { day, topPx: dayTopPx, first, count } of days) {
    if (dayTopPx >= bottomPx) break;
    const visitsPx = dayTopPx + heights.dayPx;
    if (visitsPx > topPx) {
      found.push({ visit: null, day, topPx: dayTopPx, heightPx: heights.dayPx, place: first });
    }
    const from = Math.max(0, Math.floor((topPx - visitsPx) / heights.visitPx));
    const to = Math.min(count, Math.ceil((bottomPx - visitsPx) / heights.visitPx));
    for (let at = from; at < to; at += 1) found.push(visitRow(rows, day, visitsPx, first, at, visits[first + at]!));
  }
  return found;
}

function visitRow({ heights }: Rows, day: string, visitsPx: number, first: number, at: number, visit: Visit): Row {
  const topPx = visitsPx + at * heights.visitPx;
  return { visit, day, topPx, heightPx: heights.visitPx, place: first + at };
}

/** The row of the visit at a place. */
export function rowAt(rows: Rows, place: number): Row | null {
  const day = rows.days.findLast(({ first }) => first <= place);
  const visit = rows.visits[place];
  if (!day || !visit) return null;
  const visitsPx = day.topPx + rows.heights.dayPx;
  return visitRow(rows, day.day, visitsPx, day.first, place - day.first, visit);
}

/** The day that lies at a height; null above and below all. */
export function dayOver(rows: Rows, topPx: number): string | null {
  if (topPx < 0 || topPx >= rows.heightPx) return null;
  return rows.days.findLast((day) => day.topPx <= topPx)?.day ?? null;
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

/** Days of times that were asked for: they are asked for again with each visit that comes. */
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
