/** If and how somebody may come in at a time by the clock on the door's wall, as
edge/facedoor/access/rules.py answers it. tests/page compares the two on random rules.

What the page cannot know it says: the public holidays of a country are known only at the door. */

import { HOLIDAYS, isOpen, weekOf, type ScheduleTable } from "./schedule.ts";

export interface Group {
  schedule?: string;
  two_persons_within_s?: number;
  second_factor?: "pin" | "button";
  false_match_rate?: number;
}

export type Holiday = string | { country: string; region?: string | null };

/** The rules document, as `rules` answers it and `set_rules` takes it. */
export interface RulesDocument {
  time_zone: string;
  holidays?: readonly Holiday[];
  default_group?: string | null;
  schedules?: Readonly<Record<string, ScheduleTable>>;
  groups?: Readonly<Record<string, Group>>;
  lockout?: Readonly<Record<string, number>>;
}

/** What the cards of a rules document take. */
export interface EditProps {
  rules: RulesDocument;
  /** Absent: it is only shown. */
  onChange: ((rules: RulesDocument) => void) | undefined;
}

/** What is said of one person, as `rules` answers it. */
export interface Permission {
  person: string;
  groups?: readonly string[];
  from?: string | null;
  until?: string | null;
  pin?: boolean;
  duress?: boolean;
  false_match_rate?: number | null;
}

/** A time at the door: its day as YYYY-MM-DD, and minutes after midnight. */
export interface WallTime {
  day: string;
  minute: number;
}

export interface Way {
  group: string;
  schedule: string | null;
  secondFactor: "pin" | "button" | null;
  twoPersonsWithinS: number | null;
}

export type Admission =
  | { may: true; ways: Way[] }
  | { may: false; reason: "not_valid" | "not_allowed_now"; because: "dates" | "no_group" | "shut"; ways: Way[] }
  /** It depends on whether `day` is a public holiday there. */
  | { may: null; day: string; onHoliday: Admission; otherwise: Admission };

/** `rules` null: the door has none, so whoever is recognised comes in. */
export function admit(rules: RulesDocument | null, permission: Permission, time: WallTime): Admission {
  const { from, until } = permission;
  if ((from && time.day < from) || (until && time.day > until))
    return { may: false, reason: "not_valid", because: "dates", ways: [] };
  const groups = rules?.groups ?? {};
  const isFree = !Object.keys(groups).length && !permission.groups?.length;
  if (rules === null || isFree) return { may: true, ways: [anyTime("")] };
  const own = groupsOf(rules, permission);
  if (!own.length) return { may: false, reason: "not_valid", because: "no_group", ways: [] };
  const isHoliday = (day: string) => holidayOn(rules, day);
  return decide(rules, own, time, isHoliday(time.day), isHoliday(dayBefore(time.day)));
}

/** The groups of a person, those that exist. */
export function groupsOf(rules: RulesDocument, permission: Permission): [string, Group][] {
  const fallback = rules.default_group ? [rules.default_group] : [];
  const names = permission.groups?.length ? permission.groups : fallback;
  const groups = rules.groups ?? {};
  return names.filter((name) => Object.hasOwn(groups, name)).map((name) => [name, groups[name]!]);
}

function decide(
  rules: RulesDocument,
  groups: [string, Group][],
  time: WallTime,
  today: boolean | null,
  yesterday: boolean | null,
): Admission {
  for (const [day, known] of [[time.day, today], [dayBefore(time.day), yesterday]] as const) {
    if (known !== null) continue;
    const given = (isHoliday: boolean) =>
      day === time.day
        ? decide(rules, groups, time, isHoliday, yesterday)
        : decide(rules, groups, time, today, isHoliday);
    const [onHoliday, otherwise] = [given(true), given(false)];
    const same = JSON.stringify(onHoliday) === JSON.stringify(otherwise);
    return same ? otherwise : { may: null, day, onHoliday, otherwise };
  }
  const place = (day: string, isHoliday: boolean) => (isHoliday ? HOLIDAYS : weekdayOf(day));
  const day = place(time.day, today === true);
  const before = place(dayBefore(time.day), yesterday === true);
  const ways = groups.map(([name, group]) => wayOf(name, group));
  const open = ways.filter(({ schedule }) => {
    const table = schedule === null ? null : rules.schedules?.[schedule];
    return schedule === null || (table && isOpen(weekOf(table), day, before, time.minute));
  });
  if (open.length) return { may: true, ways: open };
  return { may: false, reason: "not_allowed_now", because: "shut", ways };
}

/** Whether a day is a holiday; null where only the door knows. */
export function holidayOn(rules: RulesDocument, day: string): boolean | null {
  const said = rules.holidays ?? [];
  if (said.some((each) => each === day || each === day.slice(5))) return true;
  return said.some((each) => typeof each === "object") ? null : false;
}

/** Monday is 0. */
export function weekdayOf(day: string): number {
  return (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
}

export function dayBefore(day: string): string {
  const noon = new Date(`${day}T12:00:00Z`);
  noon.setUTCDate(noon.getUTCDate() - 1);
  return noon.toISOString().slice(0, 10);
}

/** What the clock at the door shows at a moment. */
export function wallTime(moment: Date, zone: string): WallTime {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(moment);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  return {
    day: `${part("year")}-${part("month")}-${part("day")}`,
    minute: Number(part("hour")) * 60 + Number(part("minute")),
  };
}

function anyTime(group: string): Way {
  return { group, schedule: null, secondFactor: null, twoPersonsWithinS: null };
}

function wayOf(name: string, group: Group): Way {
  return {
    group: name,
    schedule: group.schedule ?? null,
    secondFactor: group.second_factor ?? null,
    twoPersonsWithinS: group.two_persons_within_s ?? null,
  };
}
