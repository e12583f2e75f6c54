/** Thirty days as a row of squares: darker where more, marked where somebody was refused. */

import { sayWith } from "./strip_words.ts";
import { type Day, level } from "./strip.ts";

export function Strip({ days, large }: { days: readonly Day[]; large?: boolean }) {
  return (
    <span class={large ? "strip large" : "strip"} role="img" aria-label={sayWith(days)}>
      {days.map((day) => (
        <span key={day.day} class={`l${level(day)} ${kind(day)}`} title={large ? sayWith([day]) : undefined} />
      ))}
    </span>
  );
}

function kind({ cameIn, refused }: Day): string {
  if (!refused) return "";
  return cameIn ? "some" : "only";
}
