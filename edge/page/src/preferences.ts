/** Language and appearance, as this browser's owner chose them. */

import { Store } from "./store.ts";
import { type Language, language, preferredLanguage } from "./words/words.ts";

export type Theme = "auto" | "light" | "dark";

export const theme = new Store<Theme>("auto");

export function loadPreferences(): void {
  const kept = read("language");
  language.set(kept === "de" || kept === "en" ? kept : preferredLanguage(navigator.languages));
  const look = read("theme");
  theme.set(look === "light" || look === "dark" ? look : "auto");
  show();
}

export function chooseLanguage(chosen: Language): void {
  language.set(chosen);
  write("language", chosen);
  show();
}

export function chooseTheme(chosen: Theme): void {
  theme.set(chosen);
  write("theme", chosen);
  show();
}

function show(): void {
  document.documentElement.lang = language.value;
  if (theme.value === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme.value;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(`facedoor.${name}`);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`facedoor.${name}`, value);
  } catch {
    // then it is chosen again next time
  }
}
