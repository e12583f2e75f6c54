/** Which visits are wanted: a filter, as it stands in the URL's query, and what passes it. */

import type { Visit } from "../wire.ts";

export const OUTCOMES = ["came_in", "refused", "not_opened"] as const;

export interface Filter {
  door: string;
  outcome: string;
  /** A whole name, or a part of one. */
  person: string;
  reason: string;
  /** First and last day, as YYYY-MM-DD, by this browser's clock and zone; both still count. */
  from: string;
  to: string;
  /** Only those of nobody known. */
  unknown: boolean;
  /** Only those that nobody has opened in this browser. */
  unseen: boolean;
}

export const EVERYTHING: Filter = {
  door: "",
  outcome: "",
  person: "",
  reason: "",
  from: "",
  to: "",
  unknown: false,
  unseen: false,
};

const WORDS = ["door", "outcome", "person", "reason", "from", "to"] as const;
const SWITCHES = ["unknown", "unseen"] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOST_CHARACTERS = 200;

export function fromQuery(query: string): Filter {
  const said = new URLSearchParams(query);
  const filter = { ...EVERYTHING };
  for (const key of WORDS) filter[key] = (said.get(key) ?? "").slice(0, MOST_CHARACTERS);
  for (const key of SWITCHES) filter[key] = said.get(key) === "1";
  if (!OUTCOMES.some((outcome) => outcome === filter.outcome)) filter.outcome = "";
  for (const key of ["from", "to"] as const) if (startOfDay(filter[key]) === null) filter[key] = "";
  return filter;
}

/** The query of a filter, with its question mark; empty for one that lets everything pass. */
export function toQuery(filter: Filter): string {
  const said = new URLSearchParams();
  for (const key of WORDS) if (filter[key]) said.set(key, filter[key]);
  for (const key of SWITCHES) if (filter[key]) said.set(key, "1");
  const text = said.toString();
  return text && `?${text}`;
}

/** How many things the filter asks for. */
export function countOf(filter: Filter): number {
  const words = WORDS.filter((key) => filter[key]).length;
  return words + SWITCHES.filter((key) => filter[key]).length;
}

/** As names are compared: neither case nor accents nor the width of blanks matter. */
export function plain(name: string): string {
  const folded = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return folded.replace(/\s+/g, " ").trim();
}

/** Those that pass, in their order. `seen` has the ids of visits that were opened. */
export function passing(
  visits: readonly Visit[],
  filter: Filter,
  seen: ReadonlySet<string>,
): readonly Visit[] {
  const wanted = test(visits, filter, seen);
  return wanted ? visits.filter(wanted) : visits;
}

function test(
  visits: readonly Visit[],
  filter: Filter,
  seen: ReadonlySet<string>,
): ((visit: Visit) => boolean) | null {
  const tests: ((visit: Visit) => boolean)[] = [];
  const { door, outcome, reason } = filter;
  if (door) tests.push((visit) => visit.door === door);
  if (outcome) tests.push((visit) => visit.outcome === outcome);
  if (reason) tests.push((visit) => visit.reason === reason);
  if (filter.unknown) tests.push((visit) => visit.person === null);
  if (filter.unseen) tests.push((visit) => !seen.has(visit.id));
  const first = startOfDay(filter.from);
  const afterLast = startOfDay(filter.to, 1);
  // Times are RFC 3339 in UTC, which compare as text to the second.
  if (first !== null) tests.push((visit) => visit.began >= first);
  if (afterLast !== null) tests.push((visit) => visit.began < afterLast);
  const person = plain(filter.person);
  if (person) tests.push(called(visits, person));
  if (!tests.length) return null;
  return (visit) => tests.every((passes) => passes(visit));
}

/** Whoever is called exactly so, and where nobody is, all whose names have it in them. */
function called(visits: readonly Visit[], person: string): (visit: Visit) => boolean {
  const wanted = new Map<string, boolean>();
  let isWhole = false;
  for (const { person: name } of visits) {
    if (name === null || wanted.has(name)) continue;
    const known = plain(name);
    isWhole ||= known === person;
    wanted.set(name, known.includes(person));
  }
  if (isWhole) for (const name of wanted.keys()) wanted.set(name, plain(name) === person);
  return (visit) => visit.person !== null && wanted.get(visit.person) === true;
}

/** When a day begins here, `later` days after it, as the doors write times; null for no day. */
function startOfDay(day: string, later = 0): string | null {
  if (!DAY.test(day)) return null;
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  if (new Date(year, month - 1, date).getMonth() !== month - 1) return null;
  return new Date(year, month - 1, date + later).toISOString().slice(0, 19);
}
