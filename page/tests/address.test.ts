import assert from "node:assert/strict";
import { test } from "node:test";
import { changeSearch, placeOf, readAddress, sharedSearch } from "../src/address.ts";

test("an address says filters and language, and an empty one is none", () => {
  const read = readAddress("?window=6h&feature=&model=claude-opus-4-6&lang=ja");
  assert.equal(read.window, "6h");
  assert.equal(read.feature, null);
  assert.equal(read.model, "claude-opus-4-6");
  assert.equal(read.user, null);
  assert.equal(read.lang, "ja");
});

test("a change keeps what it does not name", () => {
  assert.equal(changeSearch("?window=6h&lang=ja", { feature: "chat" }), "?window=6h&lang=ja&feature=chat");
  assert.equal(changeSearch("?window=6h&feature=chat", { feature: null }), "?window=6h");
  assert.equal(changeSearch("?window=6h", { window: null }), "");
});

test("another view keeps what all views share, and nothing of the view before", () => {
  assert.equal(sharedSearch("?q=refund&window=6h&user=u-17"), "?window=6h&user=u-17");
  assert.equal(sharedSearch("?q=refund", { user: "u 1" }), "?user=u+1");
});

test("a path is a view and what stands behind it, at any root", () => {
  assert.deepEqual(placeOf("/", "/"), { view: "", rest: "" });
  assert.deepEqual(placeOf("/traces/", "/"), { view: "traces", rest: "" });
  assert.deepEqual(placeOf("/tools/kansoku/traces/4bf9", "/tools/kansoku/"), { view: "traces", rest: "4bf9" });
  assert.deepEqual(placeOf("/sessions/a%2Fb%20c", "/"), { view: "sessions", rest: "a/b c" });
  assert.deepEqual(placeOf("/sessions/%E0", "/"), { view: "sessions", rest: "%E0" });
});
