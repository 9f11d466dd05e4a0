import assert from "node:assert/strict";
import { test } from "node:test";
import { valueRange } from "../src/range.ts";

test("a high share is shown by its distance from 1, a low one from 0", () => {
  const [low, high] = valueRange("ratio", 0.996, 0.999);
  assert.equal(high, 1);
  assert.ok(low > 0.99 && low < 0.996);
  assert.deepEqual(valueRange("ratio", 0, 0.001), [0, 0.01]);
  assert.equal(valueRange("ratio", 0.2, 0.97)[1], 1);
});

test("amounts start at 0 and leave room above the highest", () => {
  const [low, high] = valueRange("usd", 0.002, 0.004);
  assert.equal(low, 0);
  assert.ok(high > 0.004 && high < 0.005);
  assert.deepEqual(valueRange("calls", 0, 0), [0, 1]);
});

test("without a value there is still an axis", () => {
  assert.deepEqual(valueRange("s", null, null), [0, 1]);
});
