/** What is searched for: a form whose values stand in the address. */

import type { FormEvent } from "react";
import { goTo, useParameter } from "../address.ts";
import { focusFirst } from "../focus.ts";
import { useReader } from "../reader.ts";
import { useFields } from "../search-fields.ts";
import { SEARCHED, type Searched } from "./asking.ts";
import { traceWords } from "./words.ts";

const OUTCOMES = ["ok", "error", "cancelled", "aborted"] as const;

/** What the address asks for. */
export function useSearched(): Searched {
  const values = SEARCHED.map((name) => [name, useParameter(name)] as const);
  return Object.fromEntries(values) as Searched;
}

export function SearchForm({ searched }: { searched: Searched }) {
  const { language } = useReader();
  const words = traceWords[language];
  const form = useFields(searched);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    goTo(Object.fromEntries(SEARCHED.map((name) => [name, String(given.get(name) ?? "").trim() || null])));
  };
  const field = (name: (typeof SEARCHED)[number], label: string, wide = false) => (
    <label className={wide ? "field wide" : "field"}>
      <span>{label}</span>
      <input
        name={name}
        defaultValue={searched[name] ?? ""}
        maxLength={400}
        autoComplete="off"
        spellCheck={false}
        {...(name === "id" ? { title: words.idHelp } : {})}
        {...(name === "slower_than_s" ? { type: "number", min: 0, step: "any" } : {})}
      />
    </label>
  );
  return (
    <form ref={form} className="search" role="search" aria-label={words.search} onSubmit={submit}>
      {field("id", words.id, true)}
      {field("q", words.text, true)}
      <label className="field">
        <span>{words.outcome}</span>
        <select name="outcome" defaultValue={searched.outcome ?? ""}>
          <option value="">{words.anyOutcome}</option>
          {OUTCOMES.map((name) => (
            <option key={name} value={name}>
              {words[name]}
            </option>
          ))}
        </select>
      </label>
      {field("error_type", words.errorType)}
      {field("session", words.session)}
      {field("tool", words.tool)}
      {field("slower_than_s", words.slower)}
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
