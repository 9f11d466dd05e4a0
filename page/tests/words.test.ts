import assert from "node:assert/strict";
import { test } from "node:test";
import { LANGUAGES, words } from "../src/words.ts";

const ARGUMENTS = ["<first>", "<second>"];

function said(word: string | ((...given: string[]) => string)): string {
  return typeof word === "string" ? word : word(...ARGUMENTS);
}

test("every language has the same words, and none is empty", () => {
  for (const language of LANGUAGES) {
    assert.deepEqual(Object.keys(words[language]).sort(), Object.keys(words.en).sort());
    for (const [key, word] of Object.entries(words[language])) {
      assert.notEqual(said(word).trim(), "", `${language}.${key}`);
    }
  }
});

test("Japanese leaves no English sentence untranslated", () => {
  const same = Object.entries(words.en).filter(
    ([key, word]) => said(word) === said(words.ja[key as keyof typeof words.ja]),
  );
  assert.deepEqual(
    same.map(([key]) => key),
    ["samples"],
  );
});

test("a sentence says everything it is given, in every language", () => {
  for (const language of LANGUAGES) {
    for (const [key, word] of Object.entries(words[language])) {
      if (typeof word === "string") continue;
      const sentence = said(word);
      for (const given of ARGUMENTS.slice(0, word.length)) {
        assert.ok(sentence.includes(given), `${language}.${key} leaves out ${given}`);
      }
    }
  }
});
