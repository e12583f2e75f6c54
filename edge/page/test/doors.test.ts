import assert from "node:assert/strict";
import { test } from "node:test";
import { rangeOf, scaleOf, seriesOf } from "../src/doors/series.ts";
import type { TelemetryPoint } from "../src/wire.ts";

const point = (time_s: number, fps: number | null): TelemetryPoint => [time_s, fps, 50, 180, null, 20_000];

test("a line is broken where the door told nothing for long", () => {
  const points = [point(0, 15), point(30, 14), point(3600, 15)];
  assert.deepEqual(seriesOf(points, "fps"), { times_s: [0, 30, 1815, 3600], values: [15, 14, null, 15] });
  assert.deepEqual(seriesOf([], "fps"), { times_s: [], values: [] });
});

test("what a machine does not know has no range", () => {
  assert.equal(rangeOf(seriesOf([point(0, null)], "temperature")), null);
  const range = rangeOf(seriesOf([point(0, 15), point(7200, 12), point(7230, null)], "fps"));
  assert.deepEqual(range, { now: 12, low: 12, high: 15, hours: 2 });
});

test("what moves little is not drawn as if it moved much", () => {
  const [low, high] = scaleOf("temperature", { now: 50, low: 50, high: 50.5, hours: 1 });
  assert.ok(high - low >= 10 && low < 50 && high > 50.5);
  assert.equal(scaleOf("fps", { now: 0, low: 0, high: 1, hours: 1 })[0], 0);
});
