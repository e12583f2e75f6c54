/** How a door stands, for people: in a word, how grave it is, and what comes first. */

import type { Tone } from "../parts/badge.tsx";
import type { IconName } from "../parts/icon.tsx";
import type { Door } from "../wire.ts";
import { say, sayCode } from "../words/words.ts";

export interface Standing {
  word: string;
  tone: Tone;
  icon: IconName;
}

const ALARMS: readonly string[] = ["forced", "jammed", "held_open"];
const FREE: readonly string[] = ["releasing", "open", "held_open", "forced"];

export function standing(door: Door): Standing {
  const state = door.state?.state ?? "unknown";
  const word = sayCode("state", state);
  const icon: IconName = FREE.includes(state) ? "unlocked" : "locked";
  if (!door.online) return { word, tone: "quiet", icon };
  if (door.state?.tamper) return { word: say("now.tamper"), tone: "bad", icon: "warning" };
  if (state === "forced" || state === "jammed") return { word, tone: "bad", icon: "warning" };
  if (state === "held_open" || state === "stopped" || state === "unknown") return { word, tone: "warn", icon };
  if (state === "lockdown") return { word, tone: "warn", icon: "locked" };
  return { word, tone: FREE.includes(state) ? "info" : "good", icon };
}

/** Somebody should go there at once. */
export function isAlarm(door: Door): boolean {
  return ALARMS.includes(door.state?.state ?? "") || door.state?.tamper === true || door.is_stranger;
}

/** By name, but for alarms. */
export function alarmsFirst(doors: readonly Door[]): Door[] {
  return [...doors.filter(isAlarm), ...doors.filter((door) => !isAlarm(door))];
}

/** Alarms first, then doors that are away, then by name. */
export function inOrder(doors: readonly Door[]): Door[] {
  const rank = (door: Door) => (isAlarm(door) ? 0 : door.online ? 2 : 1);
  return [...doors].sort((one, other) => rank(one) - rank(other)); // stable: names stay in order
}
