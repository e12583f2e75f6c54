/** Names of days in the language of the page. */

import { locale, say } from "../words/words.ts";
import { HOLIDAYS } from "./schedule.ts";

/** A Monday. */
const FIRST = Date.UTC(2026, 0, 5, 12);

export function dayName(day: number, length: "short" | "long"): string {
  if (day === HOLIDAYS) return say("hours.holidays");
  const form = new Intl.DateTimeFormat(locale(), { weekday: length, timeZone: "UTC" });
  return form.format(FIRST + day * 86_400_000);
}
