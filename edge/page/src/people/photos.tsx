import { say, sayCount } from "../words/words.ts";

/** How many there are, and whether that is enough. */
export function Photos({ count }: { count: number }) {
  if (count <= 1) return <strong class="wanting">{say("people.one_photo")}</strong>;
  return <span>{sayCount("people.pictures", count)}</span>;
}
