import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeOf } from "../src/logs/line.ts";
import { parseJson } from "../src/json.ts";
import { messagesOf } from "../src/traces/messages.ts";

test("whole numbers of more than 53 bits stay as they are written", () => {
  const text = '{"id":9007199254740993,"low":-123456789012345678901,"list":[1e3,0.5,7],"text":"9007199254740993"}';
  const written = JSON.stringify(parseJson(text));
  assert.equal(written, text.replace("1e3", "1000"));
  assert.equal(typeof (parseJson('{"n":9007199254740991}') as { n: unknown }).n, "number");
  assert.throws(() => parseJson("{"));
});

test("the line in full and a tool's arguments show every digit", () => {
  assert.equal(wholeOf('{"order":12345678901234567890}'), '{\n  "order": 12345678901234567890\n}');
  const said = [
    { role: "assistant", parts: [{ type: "tool_call", name: "find", arguments: { order: 0 } }] },
  ];
  const attributes = {
    "gen_ai.output.messages": JSON.stringify(said).replace('"order":0', '"order":12345678901234567890'),
  };
  assert.match(JSON.stringify(messagesOf(attributes)), /12345678901234567890/);
});
