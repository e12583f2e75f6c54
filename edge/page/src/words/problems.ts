/** What is wrong, in a sentence: in words of this page where it knows what the door's figures mean. */

import { locale, say } from "./words.ts";

export interface Told {
  code: string;
  /** The door's own sentence, in English. */
  sentence: string;
  figures?: Record<string, number>;
}

export function problemWords({ code, sentence, figures = {} }: Told): { words: string; lang?: "en" } {
  const words = code === "residents_refused" ? refusedWords(figures) : "";
  return words ? { words } : { words: sentence, lang: "en" };
}

/** How many looks of residents are refused, and what would help (edge/facedoor/identity/refusals.py). */
function refusedWords(figures: Record<string, number>): string {
  const { enrolled, refused, risk, photos, larger_risk, with_photos, with_setting, with_both } = figures;
  if (!isNumber(enrolled) || !isNumber(refused) || !isNumber(risk)) return "";
  const now = { enrolled: enrolled.toLocaleString(locale()), share: percent(refused), risk: oneIn(risk) };
  const said = [say("refused.now", now)];
  if (isNumber(with_photos) && isNumber(photos))
    said.push(say("refused.with_photos", { photos, share: percent(with_photos) }));
  if (isNumber(with_setting)) {
    const share = percent(with_setting);
    if (isNumber(larger_risk)) said.push(say("refused.with_risk", { risk: oneIn(larger_risk), share }));
    else said.push(say("refused.without_threshold", { share }));
  }
  if (isNumber(with_both)) said.push(say("refused.with_both", { share: percent(with_both) }));
  return said.join(" ");
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function percent(share: number): string {
  return share.toLocaleString(locale(), { style: "percent", maximumFractionDigits: 0 });
}

/** 1e-5 is one in 100,000. */
function oneIn(risk: number): string {
  return (1 / risk).toLocaleString(locale(), { maximumSignificantDigits: 2 });
}
