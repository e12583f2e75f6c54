import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_VISITS, merged, withoutNames } from "../src/live/visits.ts";
import type { Visit } from "../src/wire.ts";

function visit(id: string, began: string, more: Partial<Visit> = {}): Visit {
  return {
    id, door: "front", began, ended: began, outcome: "refused", person: null, person_by: null,
    reason: "unknown", looks: {}, view: null, picture: false, liveness: null, latency_ms: {},
    attempts: 1, rule: null, factor: null, distance_band: null, distance_ratio: null, ...more,
  };
}

const ids = (visits: readonly Visit[]) => visits.map(({ id }) => id);

test("visits stand newest first, in whatever order they come", () => {
  const one = merged([], [visit("b", "2026-01-02"), visit("a", "2026-01-01"), visit("c", "2026-01-03")]);
  assert.deepEqual(ids(one), ["c", "b", "a"]);
  assert.deepEqual(ids(merged(one, [visit("d", "2026-01-02T12")])), ["c", "d", "b", "a"]);
});

test("a visit that is told again stands once, as it was told last", () => {
  const before = merged([], [visit("a", "2026-01-01"), visit("b", "2026-01-01")]);
  for (const others of [["a"], ["a", "b"]]) {
    const after = merged(before, others.map((id) => visit(id, "2026-01-01", { outcome: "came_in" })));
    assert.equal(after.length, 2);
    assert.equal(after.find(({ id }) => id === "a")?.outcome, "came_in");
  }
});

test("two doors may give the same id", () => {
  assert.equal(merged([visit("a", "2026-01-01")], [visit("a", "2026-01-01", { door: "back" })]).length, 2);
});

test("the oldest go when there are too many", () => {
  const many = Array.from({ length: MOST_VISITS }, (_, n) => visit(`${n}`, String(2e6 - n)));
  const after = merged(many, [visit("new", "3")]);
  assert.equal(after.length, MOST_VISITS);
  assert.equal(after[0]?.id, "new");
});

test("of whoever was erased it stays that somebody came", () => {
  const left = withoutNames(visit("a", "2026-01-01", { person: "Ada", picture: true, nearest: "Ada" }));
  assert.ok(!JSON.stringify(left).includes("Ada"));
  assert.equal(left.picture, false);
});
