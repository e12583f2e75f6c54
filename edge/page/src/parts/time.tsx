import { Store, useStore } from "../store.ts";
import { locale, say } from "../words/words.ts";
import { now_s } from "../clock.ts";

const beat = new Store(0);
setInterval(() => beat.set(beat.value + 1), 20_000);

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

const formats = new Map<string, Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function format<T extends Intl.DateTimeFormat | Intl.RelativeTimeFormat>(name: string, make: (tag: string) => T): T {
  const key = `${locale()} ${name}`;
  const known = formats.get(key) ?? make(locale()); // making one takes a millisecond, a list has hundreds
  formats.set(key, known);
  return known as T;
}

/** `just now`, `5 min. ago`, `yesterday`: stands alone or after a verb, never after "since"; beyond a week the day. */
export function relative(at: string): string {
  const ago_s = now_s() - Date.parse(at) / 1000;
  if (Math.abs(ago_s) > 7 * 86_400) return day(at);
  const words = format("relative", (tag) => new Intl.RelativeTimeFormat(tag, { numeric: "auto", style: "short" }));
  for (const [unit, length_s] of STEPS) {
    if (Math.abs(ago_s) >= length_s) return words.format(-Math.trunc(ago_s / length_s), unit);
  }
  return say("just_now");
}

/** `Sat, 28 Nov 2026, 11:57:03`, in this device's zone. */
export function exact(at: string): string {
  return format("exact", (tag) => new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "medium" })).format(new Date(at));
}

export function day(at: string): string {
  return format("day", (tag) => new Intl.DateTimeFormat(tag, { weekday: "short", day: "numeric", month: "short" })).format(new Date(at));
}

export function timeOfDay(at: string): string {
  return format("time", (tag) => new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit" })).format(new Date(at));
}

/** When something was, relative to now and renewed; the exact time for machines and in its title. */
export function Time({ at, how = "relative" }: { at: string; how?: "relative" | "time" | "day" | "exact" }) {
  useStore(beat);
  const text = { relative, time: timeOfDay, day, exact }[how](at);
  return (
    <time dateTime={at} title={exact(at)} class="numbers">
      {text}
    </time>
  );
}
