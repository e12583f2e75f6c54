/** Every word that people read, by key, in the language that they chose. */

import { Store } from "../store.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";

export type Word = keyof typeof en;
export type Language = "en" | "de";
export type Values = Record<string, string | number>;

const CATALOGUES: Record<Language, Record<Word, string>> = { en, de };
export const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch" };

export const language = new Store<Language>("en");

/** The browser's own variant of the language, such as en-GB: how it writes times and numbers. */
export function locale(): string {
  const preferred = globalThis.navigator?.languages ?? [];
  return preferred.find((tag) => tag.split("-")[0] === language.value) ?? language.value;
}

export function preferredLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    const name = tag.split("-")[0]?.toLowerCase();
    if (name === "de" || name === "en") return name;
  }
  return "en";
}

/** The sentence of `word` with its `{places}` filled. */
export function say(word: Word, values: Values = {}): string {
  return template(word).replace(/\{(\w+)\}/g, (place, name: string) =>
    name in values ? String(values[name]) : place,
  );
}

/** The sentence with its places, for those that put more than text there. */
export function template(word: Word): string {
  return CATALOGUES[language.value][word];
}

/** `word.one` or `word.many`, by `count`, which is a value of the sentence too. */
export function sayCount<Base extends CountedWord>(word: Base, count: number, values: Values = {}): string {
  return say(counted(word, count), { count: count.toLocaleString(locale()), ...values });
}

/** Which of `word.one` and `word.many` it is, for who puts more than text into its places. */
export function counted<Base extends CountedWord>(word: Base, count: number): Word {
  return `${word}.${count === 1 ? "one" : "many"}` as Word;
}

type CountedWord = Word extends infer W ? (W extends `${infer Base}.many` ? Base : never) : never;

export type CodeKind =
  | "reason"
  | "advice"
  | "refusal"
  | "problem"
  | "state"
  | "contact"
  | "mode"
  | "role"
  | "event"
  | "cmd"
  | "outcome"
  | "when";

/** The words of a code from the door; one that a newer door has made, as it stands. */
export function sayCode(kind: CodeKind, code: string, values: Values = {}): string {
  const word = `${kind}.${code}`;
  return Object.hasOwn(en, word) ? say(word as Word, values) : code.replaceAll("_", " ");
}

/** The sentence of a code with its places, as {@link template}. */
export function codeTemplate(kind: CodeKind, code: string): string {
  const word = `${kind}.${code}`;
  return Object.hasOwn(en, word) ? template(word as Word) : code.replaceAll("_", " ");
}

export function knowsCode(kind: CodeKind, code: string): boolean {
  return Object.hasOwn(en, `${kind}.${code}`);
}
