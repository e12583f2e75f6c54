/** What became of a command, in words. */

import type { Result } from "../device/commands.ts";
import { knowsCode, say, sayCode, type Word } from "./words.ts";

/** Refusals whose own sentence says more than the code does. */
const SAY_MORE: readonly string[] = ["not_possible", "no_fit_picture", "malformed", "overtaken", "failed", "wrong_role"];

const OWN: Readonly<Record<string, Word>> = {
  broker_away: "result.broker_away",
  offline: "result.offline",
  no_door: "result.no_door",
  sign_in: "result.sign_in",
};

/** One sentence for people. `door` is its name; `opens`: the command could have opened it. */
export function resultWords(result: Result, door: string, opens = false): string {
  const { outcome, reason, message } = result;
  if (outcome === "done") return say("result.done");
  if (outcome === "unknown") return say(opens ? "result.unknown" : "result.no_answer", { door });
  if (outcome === "unsent") {
    const why = OWN[reason ?? ""];
    return say("result.unsent", { reason: why ? say(why) : refusalWords(reason ?? "", message) });
  }
  return refusalWords(reason ?? "failed", message);
}

export function refusalWords(reason: string, message = ""): string {
  const kind = knowsCode("refusal", reason) || !knowsCode("reason", reason) ? "refusal" : "reason";
  const words = sayCode(kind, reason);
  return message && SAY_MORE.includes(reason) ? `${words} (${message})` : words;
}
