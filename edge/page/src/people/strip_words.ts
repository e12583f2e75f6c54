/** A strip for those who do not see it, and one of its days. */

import { say } from "../words/words.ts";
import { dayWords } from "./rules_words.ts";
import type { Day } from "./strip.ts";

export function sayWith(days: readonly Day[]): string {
  const [first] = days;
  if (first && days.length === 1) {
    return say("people.strip.day", { day: dayWords(first.day), came: first.cameIn, refused: first.refused });
  }
  const came = days.filter(({ cameIn }) => cameIn).length;
  const refused = days.filter((day) => day.refused).length;
  return came || refused ? say("people.strip", { came, refused }) : say("people.strip.none");
}
