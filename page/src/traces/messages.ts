/** The words of a call, read from the attributes of a span in the forms that instrumentations write. */

export type Part =
  | { readonly kind: "text"; readonly text: string; readonly cached: boolean }
  | { readonly kind: "thinking"; readonly text: string; readonly cached: boolean }
  | { readonly kind: "tool_call"; readonly name: string; readonly text: string; readonly cached: boolean }
  | { readonly kind: "tool_result"; readonly text: string; readonly cached: boolean }
  | { readonly kind: "unknown"; readonly text: string; readonly cached: boolean };

export interface Message {
  readonly role: string;
  readonly parts: readonly Part[];
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
    return JSON.parse(text);
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

function partOf(value: unknown): Part {
  if (!isFields(value)) return { kind: "text", text: told(value), cached: false };
  const cached = value["cache_control"] !== undefined && value["cache_control"] !== null;
  switch (value["type"]) {
    case "text":
      return { kind: "text", text: textOf(value), cached };
    case "thinking":
    case "reasoning":
      return { kind: "thinking", text: textOf(value), cached };
    case "tool_use":
    case "server_tool_use":
    case "tool_call":
      return {
        kind: "tool_call",
        name: told(value["name"] ?? ""),
        text: told(value["arguments"] ?? value["input"] ?? ""),
        cached,
      };
    case "tool_result":
    case "tool_call_response":
      return {
        kind: "tool_result",
        text: told(value["response"] ?? value["result"] ?? value["content"] ?? ""),
        cached,
      };
    default:
      return { kind: "unknown", text: told(value), cached };
  }
}

function partsOf(content: unknown): Part[] {
  if (Array.isArray(content)) return content.map(partOf);
  return content === null || content === undefined || content === "" ? [] : [partOf(content)];
}

function messageOf(value: unknown, role: string): Message {
  if (!isFields(value)) return { role, parts: partsOf(value) };
  const own = typeof value["role"] === "string" ? value["role"] : role;
  const content = value["parts"] ?? value["content"];
  return { role: own, parts: content === undefined ? [partOf(value)] : partsOf(content) };
}

function wholeMessages(attributes: Attributes): Message[] {
  return WHOLE.flatMap((name) => {
    const text = attributes[name];
    if (text === undefined || text === "") return [];
    const value = parsed(text);
    if (name === "gen_ai.system_instructions") return [{ role: "system", parts: partsOf(value) }];
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
      return { role, parts: partsOf(Array.isArray(value) ? value : content) };
    });
}

/** The messages of a call, the instructions first, its answer last; none where none were recorded. */
export function messagesOf(attributes: Attributes): Message[] {
  const whole = wholeMessages(attributes);
  return whole.length > 0 ? whole : spreadMessages(attributes);
}

/** How many messages at the beginning are those of the step before. */
export function sameBefore(before: readonly Message[], now: readonly Message[]): number {
  let same = 0;
  while (
    same < Math.min(before.length, now.length) &&
    JSON.stringify(before[same]) === JSON.stringify(now[same])
  ) {
    same += 1;
  }
  return same;
}
