import assert from "node:assert/strict";
import { test } from "node:test";
import { coloursOf } from "../src/colours.ts";

test("a line that has a place has its colour, whatever stands before it", () => {
  assert.deepEqual(coloursOf([{ place: 1 }, { place: 0 }]), [1, 0]);
  assert.deepEqual(coloursOf([{ place: 0 }, { place: 3 }, { place: 1 }]), [0, 3, 1]);
});

test("lines without a place have the other colours in their order, and begin anew after the last", () => {
  assert.deepEqual(coloursOf([{ place: null }, {}, { place: null }]), [0, 1, 2]);
  assert.deepEqual(coloursOf([{}, { place: 0 }, {}, { place: 2 }]), [1, 0, 3, 2]);
  assert.deepEqual(coloursOf(Array.from({ length: 10 }, () => ({}))), [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]);
});
