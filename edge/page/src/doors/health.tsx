/** How a door is, in a word. */

import { isAlarm, standing } from "../now/standing.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import type { Door } from "../wire.ts";
import { say, sayCount } from "../words/words.ts";

export function Health({ door }: { door: Door }) {
  const { tone, word } = healthOf(door);
  return <Badge tone={tone} word={word} />;
}

function healthOf(door: Door): { tone: Tone; word: string } {
  const { online, problems, is_stranger } = door;
  if (is_stranger) return { tone: "bad", word: say("door.stranger") };
  if (!online) return { tone: "quiet", word: say("doors.offline") };
  if (isAlarm(door)) return standing(door);
  if (!problems.length) return { tone: "good", word: say("doors.well") };
  const isBad = problems.some(({ severity }) => severity === "error");
  return { tone: isBad ? "bad" : "warn", word: sayCount("doors.problems", problems.length) };
}
