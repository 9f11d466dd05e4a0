import assert from "node:assert/strict";
import { test } from "node:test";
import { breakpointsIn, messagesOf, missingOf, sameBefore, toldBefore, toolsOf } from "../src/traces/messages.ts";
import { rowsOf, spanOf, treeOf } from "../src/traces/rows.ts";
import { traceWords } from "../src/traces/words.ts";

test("spans stand in the order of their tree, the earliest first under each", () => {
  const tree = treeOf({ parents: [-1, 0, -2, 1, 0] });
  assert.deepEqual([...rowsOf(tree, new Set())], [0, 1, 3, 4, 2]);
  assert.deepEqual([...tree.depths], [0, 1, 0, 2, 1]);
  assert.deepEqual([...rowsOf(tree, new Set([1]))], [0, 1, 4, 2]);
  assert.deepEqual([...rowsOf(tree, new Set([0, 1]))], [0, 2]);
});

test("fifty thousand spans below one another are laid out", () => {
  const parents = Array.from({ length: 50_000 }, (_, at) => at - 1);
  assert.equal(rowsOf(treeOf({ parents }), new Set()).length, 50_000);
  assert.equal(treeOf({ parents }).depths[49_999], 49_999);
});

test("a trace ends with the last of its spans", () => {
  assert.equal(spanOf({ starts_us: [0, 10], durations_us: [100, 5] }), 100);
  assert.equal(spanOf({ starts_us: [0, 10], durations_us: [0, 500] }), 510);
  assert.equal(spanOf({ starts_us: [], durations_us: [] }), 1);
});

test("messages are read as OpenTelemetry's conventions write them", () => {
  const told = messagesOf({
    "gen_ai.system_instructions": JSON.stringify([{ type: "text", content: "Be brief." }]),
    "gen_ai.input.messages": JSON.stringify([
      { role: "user", parts: [{ type: "text", content: "天気は?" }] },
      { role: "assistant", parts: [{ type: "tool_call", name: "weather", arguments: { city: "東京" } }] },
      { role: "tool", parts: [{ type: "tool_call_response", response: "晴れ" }] },
    ]),
    "gen_ai.output.messages": JSON.stringify([
      { role: "assistant", parts: [{ type: "reasoning", content: "hm" }, { type: "text", content: "晴れです" }] },
    ]),
  });
  assert.deepEqual(told.map((one) => one.role), ["system", "user", "assistant", "tool", "assistant"]);
  assert.deepEqual(told.flatMap((one) => one.parts.map((part) => part.kind)), [
    "text", "text", "tool_call", "tool_result", "thinking", "text",
  ]);
  const call = told[2]?.parts[0];
  assert.ok(call?.kind === "tool_call" && call.name === "weather" && call.text.includes("東京"));
});

test("messages are read in Anthropic's own form, with cache breakpoints", () => {
  const [message] = messagesOf({
    "gen_ai.input.messages": JSON.stringify([
      { role: "user", content: [{ type: "text", text: "long", cache_control: { type: "ephemeral" } }] },
    ]),
  });
  assert.deepEqual(message?.parts, [{ kind: "text", text: "long", cached: "5m" }]);
});

function partsOf(...parts: unknown[]) {
  const [message] = messagesOf({ "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts }]) });
  return message?.parts;
}

test("each part of Kansoku's own messages is read", () => {
  const cached = "";
  assert.deepEqual(
    partsOf(
      { type: "reasoning", content: "hm" },
      { type: "redacted_thinking", characters: 90 },
      { type: "server_tool_call", name: "web_search", server_tool_call: { type: "web_search", arguments: "q" } },
      { type: "server_tool_call_response", server_tool_call_response: { type: "r", content: [{ type: "text", text: "a" }] } },
      { type: "tool_call_response", response: [{ type: "text", content: "x" }, { type: "blob", content: "<PNG>" }], is_error: true },
      { type: "blob", modality: "image", content: "<BASE64 image/png 5 bytes>" },
      { type: "uri", modality: "document", uri: "https://a" },
      { type: "compaction", content: "before" },
    ),
    [
      { kind: "thinking", text: "hm", cached },
      { kind: "hidden_thinking", text: "", cached },
      { kind: "tool_call", name: "web_search", text: "q", cached },
      { kind: "tool_result", text: "a", failed: false, cached },
      { kind: "tool_result", text: "x\n<PNG>", failed: true, cached },
      { kind: "media", modality: "image", text: "<BASE64 image/png 5 bytes>", cached },
      { kind: "media", modality: "document", text: "https://a", cached },
      { kind: "summary", text: "before", cached },
    ],
  );
});

test("a breakpoint tells how long it holds, and one of a message stands on its last part", () => {
  const told = messagesOf({
    "gen_ai.system_instructions": JSON.stringify([
      { type: "text", content: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
    ]),
    "gen_ai.input.messages": JSON.stringify([
      { role: "user", parts: [{ type: "text", content: "b" }, { type: "text", content: "c" }], cache_control: { type: "ephemeral" } },
    ]),
  });
  assert.deepEqual(told.map((one) => one.parts.map((part) => part.cached)), [["1h"], ["", "5m"]]);
  assert.equal(breakpointsIn(told), 2);
});

test("a breakpoint that moved on makes no other message of the one before", () => {
  const said = (cache_control: unknown) =>
    messagesOf({ "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: "a", cache_control }] }]) });
  assert.equal(sameBefore(said({ type: "ephemeral" }), said(null)), 1);
});

test("what is missing is read, and the tools that were offered", () => {
  const told = {
    "kansoku.content.cut": '["gen_ai.input.messages"]',
    "kansoku.content.earlier_messages_left_out": "12",
    "gen_ai.tool.definitions": JSON.stringify([{ type: "function", name: "look" }]),
  };
  assert.deepEqual(missingOf(told), { cut: true, earlier: 12, lost: "" });
  assert.deepEqual(missingOf({}), { cut: false, earlier: 0, lost: "" });
  assert.deepEqual(toolsOf(told).map((one) => one.name), ["look"]);
  assert.deepEqual(toolsOf({}), []);
  const [answer] = messagesOf({ "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [], partial: true }]) });
  assert.equal(answer?.partial, true);
});

test("messages are read where each field stands for itself", () => {
  const told = messagesOf({
    "gen_ai.completion.0.content": "fine",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.prompt.10.content": "last",
    "gen_ai.prompt.10.role": "user",
    "gen_ai.prompt.2.content": "[1, 2",
    "gen_ai.prompt.2.role": "user",
  });
  assert.deepEqual(told.map(({ parts }) => parts[0]?.text), ["[1, 2", "last", "fine"]);
  const inference = messagesOf({
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "hello",
  });
  assert.equal(inference[0]?.parts[0]?.text, "hello");
});

test("what is not JSON or of no known form is shown as it came", () => {
  assert.equal(messagesOf({ "gen_ai.input.messages": "{cut of" })[0]?.parts[0]?.text, "{cut of");
  const [odd] = messagesOf({ "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"blob","x":1}]}]' });
  assert.equal(odd?.parts[0]?.kind, "unknown");
  assert.deepEqual(messagesOf({}), []);
});

test("a step tells only what the one before did not", () => {
  const one = { role: "user", parts: [], partial: false };
  const other = { role: "assistant", parts: [], partial: false };
  assert.equal(sameBefore([one], [one, other]), 1);
  assert.equal(sameBefore([one, other], [other]), 0);
});

test("every language has every word", () => {
  assert.deepEqual(Object.keys(traceWords.ja), Object.keys(traceWords.en));
});

test("a step that told nothing does not part the one after it from those before", () => {
  const said = messagesOf({ "gen_ai.input.messages": '[{"role":"user","content":"hello"}]' });
  assert.deepEqual(toldBefore([said, [], []], 2), said);
  assert.deepEqual(toldBefore([said, []], 0), []);
});
