/** A record as one line: JSON, in which much of a log is written, as what it says rather than as it is stored. */

import { parseJson } from "../json.ts";
import type { LogRecord } from "./asking.ts";

/** What stands in the row beside the line, or in every line. */
const BESIDE = new Set(["timestamp", "level", "service", "trace_id", "span_id", "event", "message", "environment"]);
const LONGEST = 600;

function objectOf(body: string): Readonly<Record<string, unknown>> | null {
  if (!body.startsWith("{")) return null;
  try {
    const read: unknown = parseJson(body);
    return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The line in two parts: what happened, and what is said of it. */
export function lineOf({ body, event }: Pick<LogRecord, "body" | "event">): readonly [string, string] {
  const read = objectOf(body);
  if (read === null) return [body === "" ? event : body.slice(0, LONGEST), ""];
  const told = read["message"] ?? read["event"] ?? event;
  const rest = Object.entries(read)
    .filter(([name]) => !BESIDE.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [typeof told === "string" ? told : JSON.stringify(told), rest.join(" ").slice(0, LONGEST)];
}

/** The body in full; JSON with a line for each of its parts. */
export function wholeOf(body: string): string {
  const read = objectOf(body);
  return read === null ? body : JSON.stringify(read, null, 2);
}

const NAMES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type SeverityName = (typeof NAMES)[number];

/** The name of a severity's range; null where the record tells none. */
export function severityOf(number: number): SeverityName | null {
  return number < 1 ? null : (NAMES[Math.floor((number - 1) / 4)] ?? null);
}
