/** The words of a call, read from the attributes of a span in the forms that instrumentations write. */

import { parseJson } from "../json.ts";

interface Said {
  readonly text: string;
  /** How long the prompt's cache keeps what ends here; empty where it does not break here. */
  readonly cached: string;
}

export type Part = Said &
  (
    | { readonly kind: "text" | "thinking" | "hidden_thinking" | "summary" | "unknown" }
    | { readonly kind: "tool_call"; readonly name: string }
    | { readonly kind: "tool_result"; readonly failed: boolean }
    | { readonly kind: "media"; readonly modality: string }
  );

export interface Message {
  readonly role: string;
  readonly parts: readonly Part[];
  /** Whether it broke off. */
  readonly partial: boolean;
}

export interface Tool {
  readonly name: string;
  readonly text: string;
}

/** What is missing of what was said. */
export interface Missing {
  readonly cut: boolean;
  readonly earlier: number;
  readonly lost: string;
}

type Attributes = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

/** Where whole messages stand as JSON: the conventions of OpenTelemetry. */
const WHOLE = ["gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages"] as const;
/** Where each field of each message stands for itself: OpenLLMetry and OpenInference. */
const SPREAD =
  /^(gen_ai\.prompt|gen_ai\.completion|llm\.input_messages|llm\.output_messages)\.(\d+)\.(?:message\.)?(role|content)$/;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

function told(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

function textOf(fields: Fields): string {
  return told(fields["content"] ?? fields["text"] ?? fields["thinking"] ?? "");
}

const CACHE_MINUTES = "5m";

function cachedOf(fields: Fields): string {
  const told = fields["cache_control"];
  if (told === undefined || told === null) return "";
  const ttl = isFields(told) ? told["ttl"] : undefined;
  return typeof ttl === "string" ? ttl : CACHE_MINUTES;
}

/** A result as one text: the texts of its parts, or what it is as it came. */
function resultOf(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every((one) => isFields(one) && "type" in one)) {
    return value.map((one) => partOf(one).text).join("\n");
  }
  return told(value ?? "");
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function partOf(value: unknown): Part {
  if (!isFields(value)) return { kind: "text", text: told(value), cached: "" };
  const cached = cachedOf(value);
  switch (value["type"]) {
    case "text":
      return { kind: "text", text: textOf(value), cached };
    case "thinking":
    case "reasoning":
      return { kind: "thinking", text: textOf(value), cached };
    case "redacted_thinking":
      return { kind: "hidden_thinking", text: "", cached };
    case "compaction":
      return { kind: "summary", text: textOf(value), cached };
    case "tool_use":
    case "server_tool_use":
    case "tool_call":
    case "server_tool_call": {
      const call = fieldsOf(value["server_tool_call"]);
      const given = value["arguments"] ?? value["input"] ?? call["arguments"] ?? "";
      return { kind: "tool_call", name: told(value["name"] ?? ""), text: told(given), cached };
    }
    case "tool_result":
    case "tool_call_response":
    case "server_tool_call_response": {
      const served = fieldsOf(value["server_tool_call_response"])["content"];
      const result = value["response"] ?? value["result"] ?? value["content"] ?? served;
      return { kind: "tool_result", text: resultOf(result), failed: value["is_error"] === true, cached };
    }
    case "blob":
    case "uri":
    case "file":
    case "document": {
      const text = resultOf(value["content"] ?? value["uri"] ?? value["file_id"]);
      if (text === "") return { kind: "unknown", text: told(value), cached };
      return { kind: "media", modality: told(value["modality"] ?? ""), text, cached };
    }
    default:
      return { kind: "unknown", text: told(value), cached };
  }
}

function partsOf(content: unknown): Part[] {
  if (Array.isArray(content)) return content.map(partOf);
  return content === null || content === undefined || content === "" ? [] : [partOf(content)];
}

function messageOf(value: unknown, role: string): Message {
  if (!isFields(value)) return { role, parts: partsOf(value), partial: false };
  const own = typeof value["role"] === "string" ? value["role"] : role;
  const content = value["parts"] ?? value["content"];
  const parts = content === undefined ? [partOf(value)] : partsOf(content);
  const last = parts.at(-1);
  const cached = content === undefined ? "" : cachedOf(value);
  const broken = last !== undefined && cached !== "" ? [...parts.slice(0, -1), { ...last, cached }] : parts;
  return { role: own, parts: broken, partial: value["partial"] === true };
}

function wholeMessages(attributes: Attributes): Message[] {
  return WHOLE.flatMap((name) => {
    const text = attributes[name];
    if (text === undefined || text === "") return [];
    const value = parsed(text);
    if (name === "gen_ai.system_instructions") return [{ role: "system", parts: partsOf(value), partial: false }];
    const role = name === "gen_ai.input.messages" ? "user" : "assistant";
    return (Array.isArray(value) ? value : [value]).map((one) => messageOf(one, role));
  });
}

function spreadMessages(attributes: Attributes): Message[] {
  const found = new Map<string, { order: number; role: string; content: string }>();
  for (const [name, value] of Object.entries(attributes)) {
    const [, list = "", place = "", field] = SPREAD.exec(name) ?? [];
    if (field === undefined) continue;
    const answer = list.endsWith("completion") || list.endsWith("output_messages");
    const key = `${list}.${place}`;
    const one = found.get(key) ?? {
      order: Number(place) + (answer ? 1e6 : 0),
      role: answer ? "assistant" : "user",
      content: "",
    };
    found.set(key, { ...one, [field]: value });
  }
  return [...found.values()]
    .sort((one, other) => one.order - other.order)
    .map(({ role, content }) => {
      const value = parsed(content);
      // A text that happens to be JSON is still a text, unless it is the blocks of a message.
      return { role, parts: partsOf(Array.isArray(value) ? value : content), partial: false };
    });
}

/** The messages of a call, the instructions first, its answer last; none where none were recorded. */
export function messagesOf(attributes: Attributes): Message[] {
  const whole = wholeMessages(attributes);
  return whole.length > 0 ? whole : spreadMessages(attributes);
}

/** The tools that the model was offered, as they were defined. */
export function toolsOf(attributes: Attributes): Tool[] {
  const value = parsed(attributes["gen_ai.tool.definitions"] ?? "");
  return Array.isArray(value)
    ? value.map((one) => ({ name: told(fieldsOf(one)["name"] ?? ""), text: told(one) }))
    : [];
}

/** What is missing, as Kansoku's own spans tell it. */
export function missingOf(attributes: Attributes): Missing {
  return {
    cut: (attributes["kansoku.content.cut"] ?? "") !== "",
    earlier: Number(attributes["kansoku.content.earlier_messages_left_out"] ?? 0) || 0,
    lost: attributes["kansoku.content.lost"] ?? "",
  };
}

/** A message by what it says: where the cache breaks moves on from step to step. */
function saidIn(message: Message | undefined): string {
  return JSON.stringify([message?.role, message?.parts.map((part) => ({ ...part, cached: "" }))]);
}

/** How many messages at the beginning are those of the step before. */
export function sameBefore(before: readonly Message[], now: readonly Message[]): number {
  let same = 0;
  while (same < Math.min(before.length, now.length) && saidIn(before[same]) === saidIn(now[same])) same += 1;
  return same;
}

/** What was said in the steps before, as the last of them that told anything told it. */
export function toldBefore(told: readonly (readonly Message[])[], step: number): readonly Message[] {
  return told.slice(0, step).findLast((messages) => messages.length > 0) ?? [];
}

/** How many of the messages end what the cache keeps. */
export function breakpointsIn(messages: readonly Message[]): number {
  return messages.flatMap((message) => message.parts).filter((part) => part.cached !== "").length;
}
