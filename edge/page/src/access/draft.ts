/** Rules as they are edited: each change makes a new document, and what is not changed stays as it is
written. */

import type { Group, Holiday, RulesDocument } from "./rules.ts";
import { tableOf, type Week } from "./schedule.ts";

const WORD = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const YEARLY = /^\d{2}-\d{2}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LEAP_YEAR = 2000;

export function firstRules(zone: string): RulesDocument {
  return { time_zone: zone, holidays: [], schedules: {}, groups: {} };
}

/** Whether a schedule or group may be called so, beside those of `others`. */
export function isFreeName(name: string, others: Readonly<Record<string, unknown>> | undefined): boolean {
  return WORD.test(name) && !Object.hasOwn(others ?? {}, name);
}

/** With a schedule of these hours, new or changed; `null`: without it, and groups without hours. */
export function withSchedule(rules: RulesDocument, name: string, week: Week | null): RulesDocument {
  const schedules = { ...rules.schedules };
  if (week) return { ...rules, schedules: { ...schedules, [name]: tableOf(week) } };
  delete schedules[name];
  const groups = Object.entries(rules.groups ?? {}).map(([group, said]) => {
    const { schedule, ...rest } = said;
    return [group, schedule === name ? rest : said] as const;
  });
  return { ...rules, schedules, groups: Object.fromEntries(groups) };
}

/** With a group, new or changed; `null`: without it, also as the default one. */
export function withGroup(rules: RulesDocument, name: string, group: Group | null): RulesDocument {
  const groups = { ...rules.groups };
  if (group) return { ...rules, groups: { ...groups, [name]: group } };
  delete groups[name];
  const { default_group, ...rest } = rules;
  return { ...rest, groups, ...(default_group && default_group !== name ? { default_group } : {}) };
}

/** With or without (`null`) a group for whoever is in none. */
export function withDefault(rules: RulesDocument, name: string | null): RulesDocument {
  const { default_group: _, ...rest } = rules;
  return name === null ? rest : { ...rest, default_group: name };
}

/** Some fields of a group set; `undefined` takes one out, since the document knows no null there. */
export function changedGroup(group: Group, fields: { [K in keyof Group]?: Group[K] | undefined }): Group {
  const all = Object.entries({ ...group, ...fields }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all) as Group;
}

/** A day that can be a holiday: `12-24` of every year or `2026-12-24`; it exists. */
export function isHoliday(said: string): boolean {
  const day = YEARLY.test(said) ? `${LEAP_YEAR}-${said}` : said;
  if (!DAY.test(day)) return false;
  const noon = new Date(`${day}T12:00:00Z`);
  return !Number.isNaN(noon.getTime()) && noon.toISOString().startsWith(day);
}

export function sameHoliday(one: Holiday, other: Holiday): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return one.country === other.country && (one.region ?? "") === (other.region ?? "");
}

/** With one holiday more; days in their order, countries after them. */
export function withHoliday(rules: RulesDocument, holiday: Holiday): RulesDocument {
  const others = (rules.holidays ?? []).filter((each) => !sameHoliday(each, holiday));
  const key = (each: Holiday) => (typeof each === "string" ? each.padStart(10, "0") : `z${each.country}`);
  const holidays = [...others, holiday].sort((one, other) => key(one).localeCompare(key(other)));
  return { ...rules, holidays };
}

export function withoutHoliday(rules: RulesDocument, holiday: Holiday): RulesDocument {
  return { ...rules, holidays: (rules.holidays ?? []).filter((each) => !sameHoliday(each, holiday)) };
}

export function isSame(one: RulesDocument | null, other: RulesDocument | null): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Tables in the order of their keys; a list keeps its own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
