import assert from "node:assert/strict";
import { test } from "node:test";
import { EventReader } from "../src/live/stream.ts";

const TEXT = 'id: 7\nevent: visit\ndata: {"a": 1}\n\n: still here\n\nevent: result\ndata: {}\n\n';

test("events are read however the stream is cut", () => {
  for (let size = 1; size < TEXT.length; size += 1) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < TEXT.length; at += size) events.push(...reader.read(TEXT.slice(at, at + size)));
    assert.deepEqual(events, [
      { seq: 7, event: "visit", data: '{"a": 1}' },
      { seq: null, event: "result", data: "{}" },
    ]);
  }
});

test("what is not whole yet is no event", () => {
  assert.deepEqual(new EventReader().read("id: 7\ndata: {}\n"), []);
});
