import assert from "node:assert/strict";
import { test } from "node:test";
import { deeds } from "../src/journal/deeds.ts";
import type { Entry } from "../src/wire.ts";

let number = 0;
const entry = (kind: Entry["kind"], payload: Record<string, unknown>, door = "front"): Entry => ({
  seq: (number += 1),
  door,
  id: String(number),
  kind,
  time: "2026-11-29T00:00:00.000Z",
  payload,
});

test("of commands those that changed something, or were refused, are deeds", () => {
  const unlocked = entry("command", { cmd: "unlock", outcome: "done" });
  const curious = entry("command", { cmd: "keys", outcome: "refused", reason: "wrong_role" });
  const rest = [
    entry("command", { cmd: "list", outcome: "done" }),
    entry("command", { cmd: "unlock", outcome: "accepted" }),
  ];
  assert.deepEqual(deeds([unlocked, ...rest, curious]), [unlocked, curious]);
});

test("who looks at many pictures is told of once, until something else is done", () => {
  const seen = (by: string, door?: string) => entry("door", { event: "picture_seen", by }, door);
  const [ada, back, bob, bell, again] = [
    seen("Ada"),
    seen("Ada", "back"),
    seen("Bob"),
    entry("door", { event: "bell" }),
    seen("Ada"),
  ];
  assert.deepEqual(deeds([ada, back, seen("Ada"), seen("Ada", "back"), bob, bell, again]), [
    ada,
    back,
    bob,
    bell,
    again,
  ]);
});
