import assert from "node:assert/strict";
import { test } from "node:test";
import { distanceBar, looksOf, measuresOf, stagesOf } from "../src/visits/bars.ts";
import { countOf, EVERYTHING, fromQuery, passing, toQuery } from "../src/visits/filter.ts";
import { MOST_VISITS, PictureQueue } from "../src/device/picture_queue.ts";
import { dayOver, inView, rowAt, rowsOf, scrollTo } from "../src/visits/rows.ts";
import { markOf, split } from "../src/visits/waiting.ts";
import { crowd, visit } from "./visits_made.ts";

const NONE: ReadonlySet<string> = new Set();
const HEIGHTS = { visitPx: 64, dayPx: 40 };
const ids = (visits: readonly { id: string }[]) => visits.map(({ id }) => id);

test("a filter survives the way through the query", () => {
  const filter = {
    door: "front",
    outcome: "refused",
    person: "Zoë & <b>",
    reason: "too_dark",
    from: "2026-11-01",
    to: "2026-11-28",
    unknown: true,
    unseen: true,
  };
  assert.deepEqual(fromQuery(toQuery(filter)), filter);
  assert.equal(toQuery(EVERYTHING), "");
  assert.equal(countOf(filter), 8);
});

test("what no filter can be is passed over in a query", () => {
  const query = "?outcome=burgled&from=yesterday&to=2026-02-30&unknown=yes&x=1";
  assert.deepEqual(fromQuery(query), EVERYTHING);
  assert.equal(fromQuery("?from=2026-11-01T00").from, "");
});

test("a whole name finds those who are called so, a part of one all who have it", () => {
  const visits = ["Ada", "Adam", "Élodie", null].map((person, n) => visit({ id: `${n}`, person }));
  const found = (person: string) => ids(passing(visits, { ...EVERYTHING, person }, NONE));
  assert.deepEqual(found("ada"), ["0"]);
  assert.deepEqual(found("ad"), ["0", "1"]);
  assert.deepEqual(found("elo"), ["2"]);
  assert.deepEqual(found("nobody"), []);
});

test("days of a filter are those of this clock, and both count", () => {
  const on = (time: Date) => time.toISOString().replace(/\.\d+Z/, "Z");
  const visits = [
    visit({ id: "after", began: on(new Date(2026, 10, 29, 0, 0, 0)) }),
    visit({ id: "late", began: on(new Date(2026, 10, 28, 23, 59, 59)) }),
    visit({ id: "early", began: on(new Date(2026, 10, 28, 0, 0, 0)) }),
    visit({ id: "before", began: on(new Date(2026, 10, 27, 23, 59, 59)) }),
  ];
  const filter = { ...EVERYTHING, from: "2026-11-28", to: "2026-11-28" };
  assert.deepEqual(ids(passing(visits, filter, NONE)), ["late", "early"]);
});

test("each thing that is asked for has to hold", () => {
  const visits = crowd(100);
  const wanted = { ...EVERYTHING, door: "front", unknown: true, reason: "unknown" };
  const found = passing(visits, wanted, NONE);
  assert.ok(found.length > 0);
  assert.ok(found.every(({ door, person }) => door === "front" && person === null));
  const seen = new Set(found.slice(0, 3).map(({ id }) => id));
  assert.equal(passing(visits, { ...wanted, unseen: true }, seen).length, found.length - 3);
});

test("rows lie under headings of their days, without gaps", () => {
  const visits = crowd(10_000);
  const rows = rowsOf(visits, HEIGHTS);
  const all = inView(rows, 0, rows.heightPx);
  assert.equal(all.filter((row) => row.visit).length, 10_000);
  assert.ok(all.filter((row) => !row.visit).length >= 7);
  const end = all.reduce((bottomPx, row) => (assert.equal(row.topPx, bottomPx), bottomPx + row.heightPx), 0);
  assert.equal(rows.heightPx, end);
  for (const row of all) {
    if (row.visit) assert.equal(visits[row.place], row.visit);
    if (row.visit && row.place % 97 === 0) assert.deepEqual(rowAt(rows, row.place), row);
    assert.equal(dayOver(rows, row.topPx), row.day);
  }
});

test("only the rows in view are drawn, wherever that is", () => {
  const rows = rowsOf(crowd(10_000), HEIGHTS);
  for (const topPx of [-50, 0, 1, 39, 40, 63_123, rows.heightPx - 10, rows.heightPx + 900]) {
    const drawn = inView(rows, topPx, topPx + 900);
    assert.ok(drawn.length < 17, `${drawn.length} at ${topPx}`);
    for (const row of drawn) assert.ok(row.topPx < topPx + 900 && row.topPx + row.heightPx > topPx);
    const [first, last] = [drawn[0], drawn.at(-1)];
    if (first) assert.ok(first.topPx <= Math.max(0, topPx));
    if (last) assert.ok(last.topPx + last.heightPx >= Math.min(topPx + 900, rows.heightPx));
  }
  const none = rowsOf([], HEIGHTS);
  assert.deepEqual([inView(none, 0, 900), rowAt(none, 0), dayOver(none, 0), none.heightPx], [[], null, null, 0]);
});

test("a row is scrolled to only if it is not wholly in view", () => {
  const row = rowAt(rowsOf(crowd(100), HEIGHTS), 20)!;
  assert.equal(scrollTo(row, row.topPx - 100, 900, 40), null);
  assert.equal(scrollTo(row, row.topPx - 10, 900, 40), row.topPx - 40);
  assert.equal(scrollTo(row, row.topPx - 900, 900, 40), row.topPx + 64 - 900);
});

test("what is new waits while the list is scrolled down; changes and older visits do not", () => {
  const visits = crowd(20);
  const mark = markOf(visits);
  const changed = visits.map((each, n) => (n === 3 ? { ...each, person: "Ada" } : each));
  const news = [visit({ id: "new-2", began: "2026-11-28T12:01:00Z" }), visit({ id: "new-1", began: "2026-11-28T12:00:00Z" })];
  const older = visit({ id: "old", began: "2026-11-01T12:00:00Z" });
  const { shown, waiting } = split([...news, ...changed, older], mark);
  assert.equal(waiting, 2);
  assert.deepEqual(shown, [...changed, older]);
  assert.deepEqual(split([...news, ...changed], null), { shown: [...news, ...changed], waiting: 0 });
});

test("the first visits of an empty list wait too", () => {
  assert.equal(split(crowd(2), markOf([])).waiting, 2);
});

test("an admin sees the distance beside its limit, the others only the band", () => {
  const near = distanceBar(visit({ id: "1", distance: 0.63, threshold: 0.6 }))!;
  assert.equal(near.band, "near");
  assert.ok(near.at! > near.limitAt && Math.abs(near.missedBy! - 0.05) < 1e-9);
  const far = distanceBar(visit({ id: "2", distance: 1.9, threshold: 0.6 }))!;
  assert.deepEqual([far.band, far.at], ["far", 1]);
  const told = distanceBar(visit({ id: "3", distance_band: "within" }))!;
  assert.deepEqual([told.band, told.at, told.distance], ["within", null, null]);
  assert.equal(distanceBar(visit({ id: "4" })), null);
});

test("stages stand in the order of the pipeline, and what is left of the total after them", () => {
  const stages = stagesOf({ total: 200, embed: 40, later: 5, detect: 50, motion: 5, search: 0 });
  assert.deepEqual(stages.map(({ name }) => name), ["motion", "detect", "embed", "later", "between"]);
  assert.equal(stages.at(-1)!.ms, 100);
  assert.ok(Math.abs(stages.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
  assert.deepEqual(stagesOf({}), []);
  assert.deepEqual(stagesOf({ total: 10, detect: 30 }).map(({ name }) => name), ["detect"]);
});

test("looks are told by how often, and those of no number not at all", () => {
  assert.deepEqual(looksOf({ blurred: 1, too_dark: 3, unknown: 0 }), [
    { reason: "too_dark", count: 3, share: 0.75 },
    { reason: "blurred", count: 1, share: 0.25 },
  ]);
  assert.deepEqual(looksOf(undefined), []);
});

test("a view is measured by what the door asks of one", () => {
  const verdicts = (view: Partial<NonNullable<import("../src/wire.ts").View>>) =>
    Object.fromEntries(measuresOf(view as never).map(({ name, verdict }) => [name, verdict]));
  assert.deepEqual(verdicts({ brightness: 20, sharpness: 0.2, face_px: 80, yaw_deg: -55 }), {
    brightness: "low",
    sharpness: "good",
    size: "good",
    turn: "high",
  });
  assert.deepEqual(verdicts({ brightness: 240, sharpness: 0.01, face_px: 20 }), {
    brightness: "high",
    sharpness: "low",
    size: "low",
  });
  assert.deepEqual(measuresOf(null), []);
});

test("pictures are asked for ten at a time, the last wanted first", () => {
  const queue = new PictureQueue(0);
  for (let n = 0; n < 25; n += 1) queue.want(`v${n}`);
  queue.want("v0");
  assert.ok(queue.forget("v24"));
  const first = queue.next(0);
  assert.ok("visits" in first);
  assert.equal(first.visits.length, MOST_VISITS);
  assert.deepEqual(first.visits.slice(0, 3), ["v0", "v23", "v22"]);
});

test("thumbnails leave the door's limit room for somebody who wants to unlock", () => {
  const queue = new PictureQueue(0);
  let commands = 0;
  for (let n = 0; n < 100; n += 1) {
    queue.want(`v${n}`);
    if ("visits" in queue.next(0)) commands += 1;
  }
  assert.equal(commands, 14);
  queue.want("later");
  assert.deepEqual(queue.next(250), { waitMs: 750 });
  assert.ok("visits" in queue.next(1000));
  assert.ok(!queue.forget("later"), "it was asked for");
  assert.deepEqual(new PictureQueue(0).next(0), { visits: [] });
});
