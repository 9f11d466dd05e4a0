import assert from "node:assert/strict";
import { test } from "node:test";
import { pastWords } from "../src/alerts/past-words.ts";
import { logWords } from "../src/logs/words.ts";
import { sessionWords } from "../src/sessions/words.ts";
import { traceWords } from "../src/traces/words.ts";
import { LANGUAGES, type Language, words } from "../src/words.ts";

const ARGUMENTS = ["<first>", "<second>"];

type Word = string | ((...given: string[]) => string);

function said(word: Word): string {
  return typeof word === "string" ? word : word(...ARGUMENTS);
}

/** The words of the page, and of the views that have their own. */
const BOOKS = { page: words, traces: traceWords, logs: logWords, past: pastWords, sessions: sessionWords };

/** Every word by its view and key; those that stand together under one key by "view.key.name". */
function flat(language: Language): Record<string, Word> {
  return Object.fromEntries(
    Object.entries(BOOKS).flatMap(([view, book]) =>
      Object.entries(book[language] as Record<string, Word | Record<string, string>>).flatMap(
        ([key, word]): [string, Word][] =>
          typeof word === "object"
            ? Object.entries(word).map(([name, inner]) => [`${view}.${key}.${name}`, inner])
            : [[`${view}.${key}`, word]],
      ),
    ),
  );
}

test("every language has the same words, and none is empty", () => {
  for (const language of LANGUAGES) {
    assert.deepEqual(Object.keys(flat(language)).sort(), Object.keys(flat("en")).sort());
    for (const [key, word] of Object.entries(flat(language))) {
      assert.notEqual(said(word).trim(), "", `${language}.${key}`);
    }
  }
});

test("Japanese leaves no English sentence untranslated", () => {
  const japanese = flat("ja");
  const same = Object.entries(flat("en")).filter(
    ([key, word]) => said(word) === said(japanese[key] ?? ""),
  );
  assert.deepEqual(
    same.map(([key]) => key),
    ["page.samples"],
  );
});

test("a sentence says everything it is given, in every language", () => {
  for (const language of LANGUAGES) {
    for (const [key, word] of Object.entries(flat(language))) {
      if (typeof word === "string") continue;
      const sentence = said(word);
      for (const given of ARGUMENTS.slice(0, word.length)) {
        assert.ok(sentence.includes(given), `${language}.${key} leaves out ${given}`);
      }
    }
  }
});
