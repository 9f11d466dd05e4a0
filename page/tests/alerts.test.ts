import assert from "node:assert/strict";
import { test } from "node:test";
import { firedFor } from "../src/alerts/stretches.ts";

const at = (fired_at: number, resolved_at: number | null) => ({ fired_at, resolved_at });

test("stretches that overlap count once, and one that still fires counts to the end", () => {
  assert.equal(firedFor([], 100), 0);
  assert.equal(firedFor([at(10, 30), at(20, 40)], 100), 30);
  assert.equal(firedFor([at(20, 25), at(10, 40)], 100), 30);
  assert.equal(firedFor([at(10, 20), at(90, null)], 100), 20);
});
