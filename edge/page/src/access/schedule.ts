/** Schedules of the rules, as edge/facedoor/access/schedule.py has them: which times of the week, by
the clock on the door's wall. tests/page compares the two on random rules.

An interval past midnight belongs to the day on which it begins; a holiday takes the place of its
weekday. */

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
/** The place of holidays beside the weekdays. */
export const HOLIDAYS = 7;
export const DAY_MINUTES = 24 * 60;

/** From `start` up to, but without, `end`, in minutes after midnight; past it where `end` is not
after `start`. */
export interface Interval {
  start: number;
  end: number;
}

/** Intervals of Monday to Sunday, and of holidays. */
export type Week = readonly (readonly Interval[])[];

/** As it stands in the document: keys such as `mon`, `mon-fri` and `holidays`. */
export type ScheduleTable = Readonly<Record<string, readonly string[]>>;

const INTERVAL = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/;

/** `null` for what the door would refuse. */
export function parseInterval(said: string): Interval | null {
  const found = INTERVAL.exec(said);
  if (!found) return null;
  const [h1, m1, h2, m2] = found.slice(1).map(Number) as [number, number, number, number];
  const start = h1 * 60 + m1;
  const end = h2 * 60 + m2;
  const fits = Math.max(m1, m2) < 60 && start < DAY_MINUTES && end <= DAY_MINUTES;
  return fits && start !== end ? { start, end } : null;
}

export function clock(minutes: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function said({ start, end }: Interval): string {
  return `${clock(start)}-${clock(end)}`;
}

export function isOvernight({ start, end }: Interval): boolean {
  return end <= start;
}

/** A schedule of the document; throws `RangeError` for one that no door would have taken. */
export function weekOf(table: ScheduleTable): Week {
  const week: Interval[][] = Array.from({ length: WEEKDAYS.length + 1 }, () => []);
  for (const [key, intervals] of Object.entries(table)) {
    const read = intervals.map((text) => {
      const interval = parseInterval(text);
      if (!interval) throw new RangeError(`${text} is no interval`);
      return interval;
    });
    for (const day of daysOf(key)) week[day] = read.map((interval) => ({ ...interval }));
  }
  return week;
}

/** The places of `mon`, `mon-fri`, `fri-mon` or `holidays`. */
export function daysOf(key: string): number[] {
  if (key === "holidays") return [HOLIDAYS];
  const [first = "", last = first, ...more] = key.split("-");
  const begin = WEEKDAYS.findIndex((day) => day === first);
  const end = WEEKDAYS.findIndex((day) => day === last);
  if (begin < 0 || end < 0 || more.length) throw new RangeError(`${key} is no day`);
  const count = ((end - begin + 7) % 7) + 1;
  return Array.from({ length: count }, (_, step) => (begin + step) % 7);
}

/** The reverse of {@link weekOf}: days in a row that are alike under one key. */
export function tableOf(week: Week): Record<string, string[]> {
  const table: Record<string, string[]> = {};
  const text = week.map((intervals) => ordered(intervals).map(said));
  for (let day = 0; day < 7; ) {
    let last = day;
    while (last < 6 && String(text[last + 1]) === String(text[day])) last += 1;
    const first = WEEKDAYS[day]!;
    if (text[day]!.length) table[last > day ? `${first}-${WEEKDAYS[last]}` : first] = text[day]!;
    day = last + 1;
  }
  const holidays = text[HOLIDAYS] ?? [];
  if (holidays.length) table["holidays"] = holidays;
  return table;
}

/** Whether a minute of a day is allowed. `before` is the day before, 7 where it is a holiday. */
export function isOpen(week: Week, day: number, before: number, minute: number): boolean {
  const holds = ({ start, end }: Interval) =>
    start <= minute && minute < (end <= start ? DAY_MINUTES : end);
  const holdsAfter = (interval: Interval) => isOvernight(interval) && minute < interval.end;
  return (week[day] ?? []).some(holds) || (week[before] ?? []).some(holdsAfter);
}

export function ordered(intervals: readonly Interval[]): Interval[] {
  return [...intervals].sort((one, other) => one.start - other.start || one.end - other.end);
}
