import assert from "node:assert/strict";
import { test } from "node:test";
import { changeSearch, readAddress } from "../src/address.ts";

test("an address says window, feature and language, and an empty one is none", () => {
  assert.deepEqual(readAddress("?window=6h&feature=&lang=ja"), {
    window: "6h",
    feature: null,
    lang: "ja",
  });
});

test("a change keeps what it does not name", () => {
  assert.equal(changeSearch("?window=6h&lang=ja", { feature: "chat" }), "?window=6h&lang=ja&feature=chat");
  assert.equal(changeSearch("?window=6h&feature=chat", { feature: null }), "?window=6h");
  assert.equal(changeSearch("?window=6h", { window: null }), "");
});
