/** The heading of a day in the list. */

import { day as written } from "../parts/time.tsx";
import { say } from "../words/words.ts";
import { dayOf } from "./rows.ts";

export function DayHeading({ day }: { day: string }) {
  return <h2 class="day-heading">{words(day)}</h2>;
}

function words(day: string): string {
  const now = new Date();
  if (day === dayOf(now)) return say("visits.today");
  if (day === dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1))) {
    return say("visits.yesterday");
  }
  return written(`${day}T12:00:00`);
}
