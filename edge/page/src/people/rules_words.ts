/** What somebody may, in words: from the rules of the door and what is said of them. */

import { groupsOf, type Group, type Permission } from "../access/rules.ts";
import { locale, say } from "../words/words.ts";
import { permissionOf, type Roster } from "./roster.ts";

/** One phrase for each way in, then dates and duress. */
export function ruleWords(roster: Roster, name: string): string[] {
  if (roster.phase !== "known") return [say("rule.unknown")];
  if (roster.problem !== null) return [say("rule.unreadable")];
  const permission = permissionOf(roster, name);
  return [...ways(roster, permission), ...limits(permission)];
}

function ways({ rules }: Roster, permission: Permission): string[] {
  if (rules === null || !Object.keys(rules.groups ?? {}).length) return [say("rule.any_time")];
  const groups = groupsOf(rules, permission);
  if (!groups.length) return [say("rule.none")];
  return groups.map(([name, group]) =>
    say("rule.group", { group: name, how: howWords(group, permission.pin === true) }),
  );
}

export function howWords(group: Group, hasPin: boolean): string {
  const how = [group.schedule ? say("rule.schedule", { schedule: group.schedule }) : say("rule.any_time")];
  if (group.second_factor === "pin") how.push(say(hasPin ? "rule.pin" : "rule.pin.missing"));
  if (group.second_factor === "button") how.push(say("rule.button"));
  if (group.two_persons_within_s) how.push(say("rule.two", { seconds: group.two_persons_within_s }));
  return how.join(", ");
}

function limits({ from, until, duress }: Permission): string[] {
  return [
    ...(from ? [say("rule.from", { day: dayWords(from) })] : []),
    ...(until ? [say("rule.until", { day: dayWords(until) })] : []),
    ...(duress ? [say("rule.duress")] : []),
  ];
}

/** A day of the door's calendar, YYYY-MM-DD, as people write it. */
export function dayWords(day: string): string {
  const form = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" });
  const noon = new Date(`${day}T12:00:00Z`);
  return Number.isNaN(noon.getTime()) ? day : form.format(noon);
}
