import assert from "node:assert/strict";
import { test } from "node:test";
import { fromLocal, toLocal } from "../src/time.ts";

test("a time goes into a form and comes back", () => {
  for (const unix of [0, 1_795_426_920, 1_795_426_921]) assert.equal(fromLocal(toLocal(unix)), unix);
});

test("what is no time is none", () => {
  for (const text of ["", "tomorrow", "2026-11-27", "2026-13-41T99:99"]) assert.equal(fromLocal(text), null);
});
