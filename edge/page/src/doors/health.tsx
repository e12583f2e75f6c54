/** How a door is, in a word. */

import { Badge, type Tone } from "../parts/badge.tsx";
import type { Door } from "../wire.ts";
import { say, sayCount } from "../words/words.ts";

export function Health({ door }: { door: Door }) {
  const { tone, word } = healthOf(door);
  return <Badge tone={tone} word={word} />;
}

function healthOf({ online, problems, is_stranger }: Door): { tone: Tone; word: string } {
  if (is_stranger) return { tone: "bad", word: say("door.stranger") };
  if (!online) return { tone: "quiet", word: say("doors.offline") };
  if (!problems.length) return { tone: "good", word: say("doors.well") };
  const isBad = problems.some(({ severity }) => severity === "error");
  return { tone: isBad ? "bad" : "warn", word: sayCount("doors.problems", problems.length) };
}
