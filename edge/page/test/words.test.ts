import assert from "node:assert/strict";
import { test } from "node:test";
import { de } from "../src/words/de.ts";
import { en } from "../src/words/en.ts";
import { language, preferredLanguage, say, sayCode, sayCount, type Word } from "../src/words/words.ts";

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

test("both languages have the same words, and the same places in them", () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const [word, text] of Object.entries(en)) {
    assert.deepEqual(places(de[word as Word]), places(text));
  }
});

test("no word is empty, and none has markup in it", () => {
  for (const text of [...Object.values(en), ...Object.values(de)]) {
    assert.ok(text.trim().length > 0);
    assert.ok(!/[<>]|&\w+;/.test(text), text);
  }
});

test("places are filled, and what fills them is not looked at again", () => {
  assert.equal(say("unlock.title", { door: "{door} & <b>" }), "Unlock {door} & <b>?");
});

test("one visit is one, two are many", () => {
  assert.equal(sayCount("now.today", 1), "1 visit today");
  assert.equal(sayCount("now.today", 2), "2 visits today");
});

test("what is counted is said of one, too", () => {
  for (const [word, text] of Object.entries(en)) {
    if (/\{count\} (\w+s|people)\b/.test(text)) assert.ok(/\.(many|doors_offline)$/.test(word), word);
  }
});

test("a code that a newer door has made is said as it stands", () => {
  assert.equal(sayCode("reason", "too_dark"), "too dark");
  assert.equal(sayCode("reason", "wears_a_hat"), "wears a hat");
});

test("the first language of the browser that there are words in is spoken", () => {
  assert.equal(preferredLanguage(["fr-FR", "de-AT", "en"]), "de");
  assert.equal(preferredLanguage(["fr"]), "en");
});

test("another language changes every word", () => {
  language.set("de");
  assert.equal(say("nav.now"), "Jetzt");
  language.set("en");
});
