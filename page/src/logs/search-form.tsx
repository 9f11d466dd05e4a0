/** What is searched for in the log: a form whose values stand in the address. */

import type { FormEvent } from "react";
import { goTo } from "../address.ts";
import { focusFirst } from "../focus.ts";
import { useReader } from "../reader.ts";
import { useFields } from "../search-fields.ts";
import { SEARCHED, type Searched } from "./asking.ts";
import type { SeverityName } from "./line.ts";
import { type LogWords, logWords } from "./words.ts";

const SEVERITIES: readonly SeverityName[] = ["debug", "info", "warn", "error", "fatal"];

export function severityTitle(name: SeverityName, words: LogWords): string {
  return name === "trace" ? words.lowest : words[name];
}

export function SearchForm({ searched }: { searched: Searched }) {
  const { language } = useReader();
  const words = logWords[language];
  const form = useFields(searched, ["attribute"]);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const value = (name: string) => String(given.get(name) ?? "").trim() || null;
    const { q, severity, trace_id } = { q: value("q"), severity: value("severity"), trace_id: value("trace_id") };
    const added = value("attribute");
    const attribute = [searched.attribute, added].filter((line) => line !== null).join("\n") || null;
    goTo({ q, severity, trace_id, attribute });
  };
  const field = (name: "q" | "trace_id" | "attribute", label: string) => (
    <label className={name === "q" ? "field wide" : "field"}>
      <span>{label}</span>
      <input
        name={name}
        defaultValue={name === "attribute" ? "" : (searched[name] ?? "")}
        maxLength={400}
        autoComplete="off"
        spellCheck={false}
        {...(name === "attribute" ? { pattern: "[^=]+=.*" } : {})}
      />
    </label>
  );
  return (
    <form ref={form} className="search" role="search" aria-label={words.search} onSubmit={submit}>
      {field("q", words.text)}
      <label className="field">
        <span>{words.severity}</span>
        <select name="severity" defaultValue={searched.severity ?? ""}>
          <option value="">{words.anySeverity}</option>
          {SEVERITIES.map((name) => (
            <option key={name} value={name}>
              {words.andAbove(severityTitle(name, words))}
            </option>
          ))}
        </select>
      </label>
      {field("trace_id", words.traceId)}
      {field("attribute", words.attribute)}
      <span className="search-buttons">
        <button type="submit" className="primary">
          {words.find}
        </button>
        {SEARCHED.some((name) => searched[name] !== null) && (
          <button
            type="button"
            onClick={(event) => {
              focusFirst(event.currentTarget);
              goTo(Object.fromEntries(SEARCHED.map((name) => [name, null])));
            }}
          >
            {words.reset}
          </button>
        )}
      </span>
    </form>
  );
}
