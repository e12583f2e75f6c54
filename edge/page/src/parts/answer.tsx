import type { ComponentChildren } from "preact";
import type { Result } from "../device.ts";
import { knowsCode, say, sayCode, type Word } from "../words/words.ts";
import { en } from "../words/en.ts";
import { Banner } from "./banner.tsx";
import { Name, Say } from "./say.tsx";

/** The door's own sentence says more than the code does. */
const TELLING: ReadonlySet<string> = new Set(["not_possible", "malformed", "overtaken", "failed"]);

interface AnswerProps {
  result: Result;
  door: string;
  /** What to say when it is done. */
  children?: ComponentChildren;
}

/** What a door answered to a command, in words; or that it did not. */
export function Answer({ result, door, children }: AnswerProps) {
  const { outcome, reason, message } = result;
  if (outcome === "done") return <Banner tone="good">{children ?? say("result.done")}</Banner>;
  if (outcome === "unknown") {
    return (
      <Banner tone="warn">
        <Say of="result.no_answer" door={<Name of={door} />} />
      </Banner>
    );
  }
  if (outcome === "unsent") {
    const word = `result.${reason}`;
    const why = Object.hasOwn(en, word) ? say(word as Word) : message || (reason ?? "");
    return <Banner tone="bad">{say("result.unsent", { reason: why })}</Banner>;
  }
  return (
    <Banner tone="bad">
      {wordsOf(reason)}
      {reason && TELLING.has(reason) && message && (
        <p class="small" lang="en" dir="auto">
          {message}
        </p>
      )}
    </Banner>
  );
}

function wordsOf(reason: string | null): string {
  if (reason === null) return say("refusal.failed");
  if (knowsCode("refusal", reason)) return sayCode("refusal", reason);
  return sayCode("reason", reason);
}
