/** Visits for tests: what is not said of one is as of a dark look that nobody judged. */

import type { Visit } from "../src/wire.ts";

export function visit(said: Partial<Visit> & { id: string }): Visit {
  return {
    door: "front",
    began: "2026-11-28T11:57:00Z",
    ended: "2026-11-28T11:57:03Z",
    outcome: "refused",
    person: null,
    person_by: null,
    reason: "too_dark",
    looks: { too_dark: 3 },
    view: null,
    picture: false,
    liveness: null,
    latency_ms: {},
    attempts: 1,
    rule: null,
    factor: null,
    distance_band: null,
    distance_ratio: null,
    ...said,
  };
}

/** So many visits of several people, one a minute, the newest first. */
export function crowd(count: number): Visit[] {
  const people = ["Ada", "Elton", null, "Grandma", null];
  const newest = Date.UTC(2026, 10, 28, 12, 0, 0);
  return Array.from({ length: count }, (_, place) => {
    const person = people[place % people.length] ?? null;
    const time = new Date(newest - place * 60_000).toISOString().replace(".000Z", "Z");
    return visit({
      id: `3f9a1c07-${count - place}`,
      began: time,
      ended: time,
      person,
      outcome: person ? "came_in" : "refused",
      reason: person ? "recognised" : "unknown",
      door: place % 2 ? "front" : "back",
    });
  });
}
