import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changedGroup,
  firstRules,
  isFreeName,
  isHoliday,
  isSame,
  withDefault,
  withGroup,
  withHoliday,
  withoutHoliday,
  withSchedule,
} from "../src/access/draft.ts";
import { blocksOf, drawn, merged, minutesOf, withCopy, withInterval } from "../src/access/grid.ts";
import { admit, type RulesDocument, wallTime, weekdayOf } from "../src/access/rules.ts";
import { HOLIDAYS, isOpen, parseInterval, said, tableOf, weekOf } from "../src/access/schedule.ts";

const OFFICE = {
  "mon-thu": ["08:00-12:00", "13:00-18:00"],
  fri: ["08:00-15:00"],
  holidays: ["10:00-12:00"],
};
const RULES: RulesDocument = {
  time_zone: "Europe/Berlin",
  holidays: ["12-24", "2027-03-26"],
  default_group: "family",
  schedules: { office: OFFICE, nights: { "mon-sun": ["22:00-06:00"] } },
  groups: {
    family: {},
    staff: { schedule: "office" },
    guards: { schedule: "nights", second_factor: "button" },
  },
};
const at = (day: string, hour: number) => ({ day, minute: hour * 60 });

test("an interval is read as the door reads it, or not at all", () => {
  assert.deepEqual(parseInterval("22:00-06:00"), { start: 1320, end: 360 });
  assert.deepEqual(parseInterval("00:00-24:00"), { start: 0, end: 1440 });
  for (const wrong of ["8:00-9:00", "08:00-08:00", "24:00-02:00", "08:60-09:00", "08:00-24:01", ""])
    assert.equal(parseInterval(wrong), null, wrong);
  assert.equal(said({ start: 5, end: 1440 }), "00:05-24:00");
});

test("a schedule survives the way through the grid", () => {
  assert.deepEqual(tableOf(weekOf(OFFICE)), OFFICE);
  assert.deepEqual(tableOf(weekOf({ "fri-mon": ["10:00-11:00"] })), {
    mon: ["10:00-11:00"],
    "fri-sun": ["10:00-11:00"],
  });
  assert.throws(() => weekOf({ someday: [] }), RangeError);
  assert.throws(() => weekOf({ mon: ["later"] }), RangeError);
});

test("an interval past midnight belongs to the day on which it begins", () => {
  const week = weekOf({ sat: ["22:00-02:00"] });
  assert.ok(isOpen(week, 5, 4, 23 * 60));
  assert.ok(isOpen(week, 6, 5, 60));
  assert.ok(!isOpen(week, 5, 4, 60));
  assert.ok(!isOpen(week, 6, HOLIDAYS, 60), "the day before was a holiday, and shut");
  assert.deepEqual(blocksOf(week, 6), [
    { startMinute: 0, endMinute: 120, day: 5, place: 0, isTail: true },
  ]);
  assert.equal(minutesOf(week), 240);
});

test("a pointer draws whole quarters of an hour, whichever way it goes", () => {
  assert.deepEqual(drawn(0.5, 0.5), { start: 720, end: 735 });
  assert.deepEqual(drawn(0.76, 0.333), { start: 465, end: 1095 });
  assert.deepEqual(drawn(-3, 9), { start: 0, end: 1440 });
  assert.deepEqual(drawn(1, 1), { start: 1425, end: 1440 });
});

test("intervals that touch become one, and allow nothing more", () => {
  const some = ["08:00-12:00", "11:00-13:00", "13:00-14:00", "23:00-02:00", "22:00-23:30"];
  assert.deepEqual(merged(some.map((text) => parseInterval(text)!)).map(said), [
    "08:00-14:00",
    "22:00-02:00",
  ]);
  const whole = ["00:00-13:00", "12:00-24:00"].map((text) => parseInterval(text)!);
  assert.deepEqual(merged(whole).map(said), ["00:00-24:00"]);
});

test("merging changes no minute of any week", () => {
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 300; round += 1) {
    const intervals = Array.from({ length: 1 + random(5) }, () => {
      const start = random(96) * 15;
      const end = (1 + random(96)) * 15;
      return { start, end: end === start ? 1440 : end };
    });
    const before = Array.from({ length: 8 }, (_, day) => (day === 2 ? intervals : []));
    const after = before.map((day) => merged(day));
    for (let minute = 0; minute < 1440; minute += 15)
      for (const day of [2, 3])
        assert.equal(isOpen(after, day, day - 1, minute), isOpen(before, day, day - 1, minute), JSON.stringify({ intervals, minute, day }));
    for (const { start, end } of after[2]!) assert.ok(start !== end && start < 1440 && end <= 1440);
  }
});

test("days are changed one by one, and copied to others", () => {
  const empty = weekOf({});
  const monday = withInterval(empty, 0, { start: 480, end: 720 });
  assert.deepEqual(tableOf(monday), { mon: ["08:00-12:00"] });
  assert.deepEqual(tableOf(withCopy(monday, 0, [1, 2, 3, 4])), { "mon-fri": ["08:00-12:00"] });
  assert.deepEqual(tableOf(empty), {});
});

test("one group that lets a person in is enough, and says how", () => {
  const both = { person: "Ada", groups: ["staff", "guards"] };
  const found = admit(RULES, both, at("2026-11-30", 23));
  assert.equal(found.may, true);
  assert.deepEqual(found.may === true && found.ways.map((way) => [way.group, way.secondFactor]), [
    ["guards", "button"],
  ]);
});

test("whoever is in no group is in the default one; without one they stay outside", () => {
  assert.equal(admit(RULES, { person: "Bo" }, at("2026-11-29", 8)).may, true);
  const { default_group: _, ...without } = RULES;
  const found = admit(without, { person: "Bo" }, at("2026-11-29", 8));
  assert.deepEqual(found.may === false && found.because, "no_group");
  assert.equal(admit(null, { person: "Bo" }, at("2026-11-29", 8)).may, true);
});

test("holidays take the place of the weekday", () => {
  const ada = { person: "Ada", groups: ["staff"] };
  assert.equal(weekdayOf("2026-12-24"), 3);
  assert.equal(admit(RULES, ada, at("2026-12-24", 9)).may, false);
  assert.equal(admit(RULES, ada, at("2026-12-24", 11)).may, true);
  assert.equal(admit(RULES, ada, at("2026-12-23", 9)).may, true);
});

test("both dates still count", () => {
  const guest = { person: "Guest", from: "2026-12-01", until: "2026-12-02" };
  const may = (day: string) => admit(RULES, guest, at(day, 8)).may;
  assert.deepEqual(["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"].map(may), [false, true, true, false]);
});

test("where only the door knows the holidays, both answers are given, if they differ", () => {
  const rules = { ...RULES, holidays: [{ country: "DE", region: "BY" }] };
  const ada = { person: "Ada", groups: ["staff"] };
  const found = admit(rules, ada, at("2026-12-25", 9));
  assert.equal(found.may, null);
  assert.deepEqual(found.may === null && [found.day, found.onHoliday.may, found.otherwise.may], [
    "2026-12-25",
    false,
    true,
  ]);
  assert.equal(admit(rules, ada, at("2026-12-25", 11)).may, true);
  assert.equal(admit(rules, { person: "Bo" }, at("2026-12-25", 9)).may, true);
});

test("a moment is a time on the door's wall, wherever the browser is", () => {
  assert.deepEqual(wallTime(new Date("2026-11-28T23:30:00Z"), "Europe/Berlin"), {
    day: "2026-11-29",
    minute: 30,
  });
  assert.deepEqual(wallTime(new Date("2026-07-01T00:00:00Z"), "UTC"), { day: "2026-07-01", minute: 0 });
});

test("a change of the rules leaves what it is not about as it is written", () => {
  const changed = withSchedule(RULES, "office", weekOf({ mon: ["08:00-09:00"] }));
  assert.equal(changed.schedules!["nights"], RULES.schedules!["nights"]);
  assert.deepEqual(changed.schedules!["office"], { mon: ["08:00-09:00"] });
  assert.ok(isSame(withSchedule(changed, "office", weekOf(OFFICE)), RULES));
});

test("without a schedule or a group nothing names it any more", () => {
  const shut = withSchedule(RULES, "office", null);
  assert.deepEqual(shut.groups!["staff"], {});
  assert.equal(JSON.stringify(shut).includes("office"), false);
  const without = withGroup(RULES, "family", null);
  assert.equal("default_group" in without, false);
  assert.equal(withGroup(RULES, "staff", null).default_group, "family");
  assert.equal("default_group" in withDefault(RULES, null), false);
});

test("a group's settings are taken out, not set to null", () => {
  const group = { schedule: "office", second_factor: "pin" } as const;
  assert.deepEqual(changedGroup(group, { second_factor: undefined, false_match_rate: 1e-6 }), {
    schedule: "office",
    false_match_rate: 1e-6,
  });
});

test("holidays exist, stand once, and countries after days", () => {
  assert.deepEqual(["12-24", "2026-12-24", "02-29", "2026-02-29", "13-01", "24.12."].map(isHoliday), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  const germany = { country: "DE", region: "BY" };
  const all = ["2027-03-26", germany, "12-24", germany, "12-24"].reduce(withHoliday, firstRules("UTC"));
  assert.deepEqual(all.holidays, ["12-24", "2027-03-26", germany]);
  assert.deepEqual(withoutHoliday(all, { country: "DE", region: "BY" }).holidays, ["12-24", "2027-03-26"]);
});

test("names are those that a door takes, once", () => {
  assert.ok(isFreeName("office-2", RULES.schedules));
  for (const wrong of ["office", "", "büro", "two words", "-x", "x".repeat(33)])
    assert.ok(!isFreeName(wrong, RULES.schedules), wrong);
});
