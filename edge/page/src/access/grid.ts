/** The week as a grid: a row for each day and one for holidays, midnight to midnight from left to
right. What is drawn of a schedule, and what a pointer that is drawn over it means. */

import {
  DAY_MINUTES,
  HOLIDAYS,
  type Interval,
  isOvernight,
  ordered,
  type Week,
} from "./schedule.ts";

export const STEP_MINUTES = 15;

/** A piece of an interval that is drawn in one row. */
export interface Block {
  startMinute: number;
  endMinute: number;
  /** The interval: the day on which it begins, and its place there. */
  day: number;
  place: number;
  /** It began on the day before. */
  isTail: boolean;
}

/** What is drawn in the row of a day, the tails of the evening before first. */
export function blocksOf(week: Week, day: number): Block[] {
  const blocks: Block[] = [];
  // Which day comes before or after a holiday nobody knows, so none spills into its row or from it.
  const before = day === HOLIDAYS ? null : (day + 6) % 7;
  if (before !== null) {
    (week[before] ?? []).forEach((interval, place) => {
      if (isOvernight(interval) && interval.end > 0)
        blocks.push({ startMinute: 0, endMinute: interval.end, day: before, place, isTail: true });
    });
  }
  (week[day] ?? []).forEach(({ start, end }, place) => {
    const endMinute = end <= start ? DAY_MINUTES : end;
    blocks.push({ startMinute: start, endMinute, day, place, isTail: false });
  });
  return blocks;
}

/** The interval from where a pointer went down to where it is, in steps; at least one. */
export function drawn(fromShare: number, toShare: number): Interval {
  const low = Math.max(0, Math.min(fromShare, toShare));
  const high = Math.min(1, Math.max(fromShare, toShare));
  const steps = DAY_MINUTES / STEP_MINUTES;
  const start = Math.min(Math.floor(low * steps), steps - 1);
  const end = Math.max(Math.ceil(high * steps), start + 1);
  return { start: start * STEP_MINUTES, end: end * STEP_MINUTES };
}

/** A week in which a day has one interval more; those that touch become one. */
export function withInterval(week: Week, day: number, interval: Interval): Week {
  return replaced(week, day, merged([...(week[day] ?? []), interval]));
}

/** One in which `days` are as `day` is. */
export function withCopy(week: Week, day: number, days: readonly number[]): Week {
  const like = week[day] ?? [];
  return week.map((each, place) => (days.includes(place) ? like.map((i) => ({ ...i })) : each));
}

/** Intervals of one day in their order; those that overlap or touch are one, where one interval can
say it: none reaches further than its own time of the next day. Nothing more is allowed by it. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const spans: Interval[] = [];
  for (const { start, end } of ordered(intervals)) {
    const last = spans.at(-1);
    const reached = Math.max(last?.end ?? 0, end <= start ? end + DAY_MINUTES : end);
    const fits = last && start <= last.end && reached < last.start + DAY_MINUTES;
    if (fits || (last?.start === 0 && reached <= DAY_MINUTES && start <= last.end)) last.end = reached;
    else spans.push({ start, end: end <= start ? end + DAY_MINUTES : end });
  }
  return spans.map(({ start, end }) => ({ start, end: end > DAY_MINUTES ? end - DAY_MINUTES : end }));
}

/** Minutes of the week that are allowed, without holidays. */
export function minutesOf(week: Week): number {
  let sum = 0;
  for (let day = 0; day < 7; day += 1) {
    const spans = blocksOf(week, day).map(({ startMinute: start, endMinute: end }) => ({ start, end }));
    spans.sort((one, other) => one.start - other.start);
    let reached = 0;
    for (const { start, end } of spans) {
      sum += Math.max(0, end - Math.max(start, reached));
      reached = Math.max(reached, end);
    }
  }
  return sum;
}

function replaced(week: Week, day: number, intervals: readonly Interval[]): Week {
  return week.map((each, place) => (place === day ? intervals : each));
}
