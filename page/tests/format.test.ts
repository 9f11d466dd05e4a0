import assert from "node:assert/strict";
import { test } from "node:test";
import { createFormat, localeFor } from "../src/format.ts";

const en = createFormat("en", "en-US", "UTC");
const ja = createFormat("ja", "ja-JP", "Asia/Tokyo");

/** 2026-11-23 09:42:00 UTC. */
const MOMENT = 1_795_426_920;

test("a small cost keeps its digits and never reads as $0.00", () => {
  assert.equal(en.value(0.0000042, "usd"), "$0.0000042");
  assert.equal(en.value(0.004127, "usd"), "$0.00413");
  assert.equal(en.value(0.5, "usd"), "$0.50");
  assert.equal(en.value(1_184.2, "usd"), "$1,184.20");
  assert.equal(en.value(0, "usd"), "$0.00");
  assert.equal(ja.value(2.5, "usd_per_hour"), "$2.50/時");
});

test("a share that is not whole never reads as 0% or 100%", () => {
  assert.equal(en.value(1, "ratio"), "100%");
  assert.equal(en.value(0, "ratio"), "0%");
  assert.equal(en.value(0.99962, "ratio"), "99.962%");
  assert.equal(en.value(0.9999999, "ratio"), ">99.999%");
  assert.equal(en.value(0.0000001, "ratio"), "<0.001%");
  assert.equal(en.value(0.00382, "ratio"), "0.38%");
  assert.equal(en.value(0.7342, "ratio"), "73.4%");
});

test("a duration is written in the unit in which it is read", () => {
  assert.equal(en.value(0.0004, "s"), "0.4ms");
  assert.equal(en.value(0.8424, "s"), "842ms");
  assert.equal(en.value(0.9999, "s"), "1s");
  assert.equal(en.value(3.118, "s"), "3.12s");
  assert.equal(en.value(150, "s"), "2.5m");
  assert.equal(en.seconds(3_600), "1h");
  assert.equal(en.seconds(86_400), "24h");
  assert.equal(en.seconds(604_800), "7d");
});

test("Japanese writes durations in its own units, everywhere alike", () => {
  assert.equal(ja.value(0.8424, "s"), "842ms");
  assert.equal(ja.seconds(15), "15秒");
  assert.equal(ja.tick(1.5, "s"), "1.5秒");
  assert.equal(ja.seconds(150), "2.5分");
  assert.equal(ja.cell(7_200, "s"), "2時間");
  assert.equal(ja.seconds(604_800), "7日");
  assert.equal(ja.window("6h"), "6時間");
  assert.equal(ja.window("30d"), "30日");
  assert.equal(ja.ago(5), "5秒前");
  assert.equal(ja.ago(300), "5分前");
  assert.equal(ja.ago(9_725 * 3_600), "405日前");
});

test("counts are full and tokens compact, each language in its own way", () => {
  assert.equal(en.value(12_480, "calls"), "12,480");
  assert.equal(en.value(1.043, "count"), "1.04");
  assert.equal(en.value(1_250_000, "tokens"), "1.25M");
  assert.equal(ja.value(1_250_000, "tokens"), "125万");
  assert.equal(en.value(0.5, "score"), "0.50");
});

test("times are those of the reader's zone", () => {
  assert.equal(en.clock(MOMENT), "09:42:00");
  assert.equal(ja.clock(MOMENT), "18:42:00");
  assert.equal(en.cell(MOMENT, "time"), "Nov 23, 09:42:00");
  assert.equal(ja.cell(MOMENT, "time"), "11月23日 18:42:00");
});

test("a stretch of time tells the day once where it is the same", () => {
  assert.equal(en.stretch(MOMENT, MOMENT + 3_600), "Nov 23, 09:42:00 – 10:42:00");
  assert.equal(ja.stretch(MOMENT, MOMENT + 86_400), "11月23日 18:42:00 – 11月24日 18:42:00");
  assert.equal(en.stretch(MOMENT, MOMENT + 365 * 86_400), "Nov 23, 09:42:00 – Nov 23, 09:42:00");
});

test("a time axis shows the day at midnight and where points are days apart", () => {
  const midnight = MOMENT - 9 * 3_600 - 42 * 60;
  assert.equal(en.timeTick(midnight, 3_600), "Nov 23");
  assert.equal(en.timeTick(midnight + 3_600, 3_600), "01:00");
  assert.equal(en.timeTick(midnight + 3_600, 86_400), "Nov 23");
});

test("a column without a unit leaves its numbers as they are", () => {
  assert.equal(en.cell(12_480, null), "12480");
});

test("a window is written short, and one that is not understood stays as it is", () => {
  assert.equal(en.window("15m"), "15m");
  assert.equal(en.window("30d"), "30d");
  assert.equal(en.window("banana"), "banana");
});

test("an age is never in the future, whatever the two clocks say", () => {
  assert.equal(en.ago(-3), "0s ago");
  assert.equal(en.ago(59.9), "59s ago");
  assert.equal(en.ago(125), "2m ago");
  assert.equal(en.ago(47.9 * 3_600), "47h ago");
  assert.equal(en.ago(9_725 * 3_600), "405d ago");
});

test("the reader's own variety of the language is kept", () => {
  assert.equal(localeFor("en", ["ja", "en-GB"]), "en-GB");
  assert.equal(localeFor("ja", ["en-GB"]), "ja-JP");
});
