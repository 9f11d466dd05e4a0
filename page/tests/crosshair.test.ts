import assert from "node:assert/strict";
import { test } from "node:test";
import { crosshair } from "../src/crosshair.ts";

test("lines tell cells, cells tell both, and nobody tells itself", () => {
  const told: string[] = [];
  const [one, other, cells] = [{}, {}, {}];
  const leave = [
    crosshair.follow(one, "lines", (time) => told.push(`one ${time}`)),
    crosshair.follow(other, "lines", (time) => told.push(`other ${time}`)),
    crosshair.follow(cells, "cells", (time) => told.push(`cells ${time}`)),
  ];
  crosshair.move(one, "lines", 5);
  assert.deepEqual(told.splice(0), ["cells 5"]);
  crosshair.move(cells, "cells", null);
  assert.deepEqual(told.splice(0), ["one null", "other null"]);
  for (const each of leave) each();
  crosshair.move(one, "lines", 6);
  assert.deepEqual(told, []);
});
