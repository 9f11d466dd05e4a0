import assert from "node:assert/strict";
import { test } from "node:test";
import { attributesOf, type LogRecord, parametersOf, type Searched } from "../src/logs/asking.ts";
import { lineOf, severityOf, wholeOf } from "../src/logs/line.ts";
import { NOTHING, step } from "../src/logs/tail.ts";

function record(id: string, time_ns: string): LogRecord {
  return {
    id,
    time_ns,
    service: "shop",
    severity: "INFO",
    severity_number: 9,
    trace_id: "",
    span_id: "",
    event: "",
    body: id,
    attributes: {},
    resource: {},
  };
}

const ids = (records: readonly LogRecord[]): string[] => records.map((one) => one.id);
const one = record("one", "1790000000000000001");
const two = record("two", "1790000000000000002");
const three = record("three", "1790000000000000003");

test("records come once, the newest first, to the nanosecond", () => {
  let told = step(NOTHING, { kind: "records", records: [one, three], gap: false, hold: false });
  told = step(told, { kind: "records", records: [two, three], gap: false, hold: false });
  assert.deepEqual(ids(told.records), ["three", "two", "one"]);
  assert.equal(told.gap, false);
});

test("what comes while somebody reads waits, and moves nothing", () => {
  let told = step(NOTHING, { kind: "records", records: [one], gap: false, hold: false });
  const shown = told.records;
  told = step(told, { kind: "records", records: [two], gap: false, hold: true });
  told = step(told, { kind: "records", records: [two, three], gap: false, hold: true });
  assert.equal(told.records, shown);
  assert.deepEqual(ids(told.waiting), ["three", "two"]);
  told = step(told, { kind: "show" });
  assert.deepEqual(ids(told.records), ["three", "two", "one"]);
  assert.deepEqual(told.waiting, []);
});

test("a gap stays told until the tail begins anew", () => {
  let told = step(NOTHING, { kind: "records", records: [one], gap: true, hold: false });
  told = step(told, { kind: "records", records: [two], gap: false, hold: false });
  assert.equal(told.gap, true);
  assert.equal(step(told, { kind: "reset" }).gap, false);
});

test("a connection that comes back without a known record among the newest may have left some out", () => {
  const many = (from: number) =>
    Array.from({ length: 100 }, (_, at) => record(`r${from + at}`, `${1790000000000000000n + BigInt(from + at)}`));
  const first = step(NOTHING, { kind: "records", records: many(0), gap: false, hold: false });
  assert.equal(first.gap, false);
  const again = step(step(first, { kind: "lost" }), { kind: "open" });
  assert.equal(step(again, { kind: "records", records: many(50), gap: false, hold: false }).gap, false);
  const after = step(again, { kind: "records", records: many(500), gap: false, hold: false });
  assert.equal(after.gap, true);
});

test("many new lines at once are no gap while the connection stands", () => {
  const many = (from: number) =>
    Array.from({ length: 200 }, (_, at) => record(`r${from + at}`, `${1790000000000000000n + BigInt(from + at)}`));
  let told = step(NOTHING, { kind: "open" });
  for (const from of [0, 500, 1_000]) {
    told = step(told, { kind: "records", records: many(from), gap: false, hold: false });
  }
  assert.equal(told.gap, false);
  const again = step(step(told, { kind: "lost" }), { kind: "open" });
  const known = step(again, { kind: "records", records: many(1_000).slice(-100), gap: false, hold: false });
  assert.equal(step(known, { kind: "records", records: many(2_000), gap: false, hold: false }).gap, false);
});

test("what the store says of its trouble is gone with the next records", () => {
  const told = step(NOTHING, { kind: "trouble", message: "it restarts" });
  assert.equal(told.trouble, "it restarts");
  assert.equal(step(told, { kind: "records", records: [], gap: false, hold: false }).trouble, null);
});

test("a line of JSON is told by what happened and what is said of it", () => {
  const body = JSON.stringify({ timestamp: 1, level: "INFO", event: "api_call", model: "m", usage: { in: 1 } });
  assert.deepEqual(lineOf({ body, event: "" }), ["api_call", 'model=m usage={"in":1}']);
  assert.deepEqual(lineOf({ body: "{broken", event: "e" }), ["{broken", ""]);
  assert.deepEqual(lineOf({ body: "", event: "only.event" }), ["only.event", ""]);
  assert.deepEqual(lineOf({ body: '{"message":"hello"}', event: "e" }), ["hello", ""]);
  assert.equal(wholeOf('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(wholeOf("<b>not HTML</b>"), "<b>not HTML</b>");
});

test("severity numbers have the names of their ranges", () => {
  assert.deepEqual([0, 1, 4, 5, 9, 13, 17, 20, 21, 24].map(severityOf), [
    null, "trace", "trace", "debug", "info", "warn", "error", "error", "fatal", "fatal",
  ]);
  assert.equal(severityOf(99), null);
});

test("attributes stand in lines in the address, and one by one in what is asked", () => {
  const none: Searched = { q: null, severity: null, event: null, trace_id: null, attribute: null };
  const searched = { ...none, q: "a b", attribute: "order.id=7\nhost=h=1" };
  assert.deepEqual(attributesOf(searched), ["order.id=7", "host=h=1"]);
  const filter = {
    window: "1h", from: null, to: null, compare: null,
    feature: null, service: "shop", environment: null, release: null, model: null, user: null,
  };
  assert.equal(
    parametersOf(filter, searched).toString(),
    "window=1h&service=shop&q=a+b&attribute=order.id%3D7&attribute=host%3Dh%3D1",
  );
});
