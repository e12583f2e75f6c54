/** What the door says of each picture of an enrolment (edge/facedoor/identity/batch.py), in words. */

import type { Result } from "../device.ts";
import { en } from "../words/en.ts";
import { knowsCode, say, sayCode, type Word } from "../words/words.ts";

/** One picture's answer: `reason` is a sentence in English, or begins with a code and a colon. */
export interface Verdict {
  file: string;
  accepted: boolean;
  reason: string;
}

export function verdictsIn(result: Result): Verdict[] {
  const images = result.values?.["images"];
  return Array.isArray(images) ? (images as Verdict[]) : [];
}

const LOOKS_LIKE = /^looks like (.+?), (?:with the others beside it, )?who is enrolled already/s;

/** Whom the pictures look like, who is somebody else; null: nobody. */
export function alikeIn(result: Result): string | null {
  for (const { reason } of verdictsIn(result)) {
    const found = LOOKS_LIKE.exec(reason);
    if (found) return found[1] ?? null;
  }
  return null;
}

/** The sentences that the door has, and the words of this page for them. */
const SENTENCES: readonly [RegExp, (name: string) => string][] = [
  [LOOKS_LIKE, (person) => say("enrol.looks_like", { person })],
  [/^not taken, since another one looks like (.+)$/s, (person) => say("enrol.because_of", { person })],
  [/^does not look like the other pictures of (.+)$/s, (person) => say("enrol.unlike", { person })],
  [/^does not look like (.+) as enrolled$/s, (person) => say("enrol.unlike.known", { person })],
  [/^(the same picture again)$/, () => say("enrol.same")],
  [/^(.+) has \d+ templates already/s, (person) => say("enrol.most", { person })],
  [/^would move (.+) too far/s, () => say("enrol.drift")],
];

const MOST_CHARACTERS = 200;

/** A name inside of a sentence: one that is written from the right turns nothing around it. */
function isolated(name: string): string {
  return `\u2068${name.slice(0, MOST_CHARACTERS)}\u2069`;
}

export function verdictWords({ accepted, reason }: Verdict): string {
  if (accepted) return say("enrol.picture.added");
  const code = reason.split(":", 1)[0] ?? "";
  if (Object.hasOwn(en, `photo.${code}`)) return say(`photo.${code}` as Word);
  if (knowsCode("reason", code)) return sayCode("reason", code);
  for (const [sentence, words] of SENTENCES) {
    const found = sentence.exec(reason);
    if (found) return words(isolated(found[1] ?? ""));
  }
  return reason;
}

/** What a door says to whoever stands before it (edge/facedoor/reasons.py), by its code. */
export const GUIDANCE: Readonly<Record<string, string>> = {
  "no face to be seen: look at the camera": "no_face",
  "come closer": "too_far",
  "step back a little": "too_close",
  "too dark: turn on a light": "too_dark",
  "too bright: step out of the glare": "too_bright",
  "hold still for a moment": "blurred",
  "look straight at the camera": "turned_away",
  "upside down: turn the picture, at the door: [camera] rotate = 180": "upside_down",
  "lies on its side: turn the picture, at the door: [camera] rotate": "on_its_side",
  "show your whole face": "covered",
  "one person at a time": "several_faces",
};

export interface Guidance {
  words: string;
  /** How many pictures are taken, where it says so. */
  taken: number | null;
}

/** A sign of progress in the words of this page; one that a newer door has made, as it stands. */
export function guidance(message: string): Guidance {
  const counted = /^(picture|only) (\d+) of (\d+) /.exec(message);
  if (counted) {
    const [, kind, taken = "", all = ""] = counted;
    return { words: say(kind === "only" ? "guide.only" : "guide.taken", { taken, all }), taken: Number(taken) };
  }
  const code = Object.hasOwn(GUIDANCE, message) ? GUIDANCE[message] : undefined;
  return { words: code ? say(`guide.${code}` as Word) : message, taken: null };
}
