import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, fitted, LONGEST_PX, MOST_BYTES, MOST_PICTURES, plainlyWrong, sharpnessOf } from "../src/people/fit.ts";
import { changesOf, draftOf, wrongIn } from "../src/access/permission.ts";
import { alikeIn, guidance, verdictWords } from "../src/people/alike.ts";
import { DAYS, emptyStrip, level, stripsOf } from "../src/people/strip.ts";
import { visit } from "./visits_made.ts";

const NOW = new Date(2026, 10, 28, 12);
const on = (day: Date) => day.toISOString().replace(/\.\d+Z/, "Z");

test("a strip has thirty days, today the last, and counts who came in and who did not", () => {
  const days = [new Date(2026, 10, 28, 0, 1), new Date(2026, 10, 28, 23, 59), new Date(2026, 9, 30, 0, 1)];
  const visits = [
    ...days.map((day, n) => visit({ id: `${n}`, person: "Ada", outcome: "came_in", began: on(day) })),
    visit({ id: "3", person: "Ada", began: on(new Date(2026, 10, 27, 9)) }),
    visit({ id: "4", person: "Ada", outcome: "came_in", began: on(new Date(2026, 9, 29, 23, 59)) }),
    visit({ id: "5", person: null }),
  ];
  const strips = stripsOf(visits, NOW);
  assert.deepEqual([...strips.keys()], ["Ada"]);
  const strip = strips.get("Ada")!;
  assert.equal(strip.length, DAYS);
  assert.deepEqual(strip.at(-1), { day: "2026-11-28", cameIn: 2, refused: 0 });
  assert.deepEqual(strip.at(-2), { day: "2026-11-27", cameIn: 0, refused: 1 });
  assert.deepEqual(strip[0], { day: "2026-10-30", cameIn: 1, refused: 0 });
  assert.equal(strip.reduce((sum, { cameIn, refused }) => sum + cameIn + refused, 0), 4);
  assert.equal(new Set(emptyStrip(NOW).map(({ day }) => day)).size, DAYS);
});

test("one visit is seen, and a hundred are no more than the darkest", () => {
  const levels = [0, 1, 2, 5, 100].map((cameIn) => level({ day: "", cameIn, refused: 0 }));
  assert.deepEqual(levels, [0, 1, 2, 3, 4]);
});

test("pictures of one enrolment fit one message together", () => {
  const inJson = Math.ceil(MOST_BYTES / 3) * 4;
  const token = Math.ceil((MOST_PICTURES * inJson * 4) / 3);
  assert.ok(token < 1024 * 1024 - 4096, `${MOST_PICTURES} pictures make ${token} bytes`);
});

test("a 12-megapixel picture keeps its shape, and a small one its size", () => {
  assert.deepEqual(fitted({ width: 4000, height: 3000 }, LONGEST_PX), { width: 1280, height: 960 });
  assert.deepEqual(fitted({ width: 3000, height: 4000 }, LONGEST_PX), { width: 960, height: 1280 });
  assert.deepEqual(fitted({ width: 320, height: 240 }, LONGEST_PX), { width: 320, height: 240 });
  assert.deepEqual(fitted({ width: 100_000, height: 1 }, LONGEST_PX), { width: 1280, height: 1 });
});

test("attempts begin with the best picture and end with a small one", () => {
  const tried = [...attempts({ width: 4000, height: 3000 })];
  assert.deepEqual(tried[0], { width: 1280, height: 960, quality: 0.88 });
  assert.equal(tried.at(-1)!.width, 540);
});

test("a picture that is plainly no good is found before it is sent", () => {
  const size = { width: 64, height: 64 };
  const made = (level: (x: number, y: number) => number) => {
    const levels = new Uint8Array(64 * 64);
    levels.forEach((_, at) => (levels[at] = level(at % 64, Math.floor(at / 64))));
    return { ...size, levels };
  };
  assert.equal(plainlyWrong(made(() => 10)), "too_dark");
  assert.equal(plainlyWrong(made(() => 250)), "too_bright");
  assert.equal(plainlyWrong(made((x) => 60 + x * 2)), "blurred");
  assert.equal(plainlyWrong(made((x, y) => ((x >> 2) + (y >> 2)) % 2 ? 180 : 70)), null);
  assert.equal(sharpnessOf(made(() => 90)), 0);
});

const answered = (...reasons: string[]) =>
  ({ values: { images: reasons.map((reason) => ({ file: "", accepted: reason === "added", reason })) } }) as never;

test("whom pictures look like is taken from the door's own sentence", () => {
  const said =
    "looks like Ada, who is not Bo, who is enrolled already; if they are two people, say so: --although-similar-to 'x'";
  assert.equal(alikeIn(answered("added", said)), "Ada, who is not Bo");
  const both = "looks like Ada, with the others beside it, who is enrolled already; only an admin may";
  assert.equal(alikeIn(answered(both)), "Ada");
  assert.equal(alikeIn(answered("too_dark: take the picture in more light")), null);
});

test("each answer to a picture has words, and one that nobody knows stands as it is", () => {
  const words = (reason: string) => verdictWords({ file: "", accepted: false, reason });
  assert.equal(words("too_dark: take the picture in more light"), "Too dark: take it in more light");
  assert.equal(words("the same picture again"), "the same picture again");
  assert.equal(words("not taken, since another one looks like Ada"), "left out, since another one looks like \u2068Ada\u2069");
  assert.equal(words("something new"), "something new");
});

test("guidance counts the pictures that are taken", () => {
  assert.deepEqual(guidance("picture 2 of 5 taken"), { words: "Picture 2 of 5 is taken", taken: 2 });
  assert.deepEqual(guidance("come closer"), { words: "Come closer", taken: null });
  assert.deepEqual(guidance("dance"), { words: "dance", taken: null });
});

test("of a permission only what is changed is sent", () => {
  const before = { person: "Ada", groups: ["staff"], from: null, until: "2026-12-31", false_match_rate: 1e-6, duress: false };
  const draft = draftOf(before);
  assert.deepEqual(changesOf(before, draft), {});
  assert.deepEqual(changesOf(before, { ...draft, groups: [], until: "", rate: " ", duress: true }), {
    groups: [],
    until: null,
    false_match_rate: null,
    duress: true,
  });
  assert.deepEqual(changesOf(before, { ...draft, rate: "0.000001" }), {});
  assert.equal(wrongIn({ ...draft, from: "2027-01-01" }), "order");
  assert.equal(wrongIn({ ...draft, rate: "often" }), "rate");
  assert.equal(wrongIn({ ...draft, rate: "0.5" }), "rate");
  assert.equal(wrongIn(draft), null);
});
