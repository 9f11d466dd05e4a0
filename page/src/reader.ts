/** Who reads the page: the language, its words, and how numbers and times are written for them. */

import { createContext, useContext } from "react";
import type { Text } from "./api.ts";
import { createFormat, type Format, localeFor } from "./format.ts";
import { type Language, type Words, words } from "./words.ts";

export interface Reader {
  readonly language: Language;
  readonly words: Words;
  readonly format: Format;
  /** The text of the server in the reader's language. */
  readonly text: (text: Text) => string;
}

export function createReader(language: Language): Reader {
  return {
    language,
    words: words[language],
    format: createFormat(language, localeFor(language, navigator.languages)),
    text: (text) => text[language],
  };
}

const ReaderContext = createContext<Reader | null>(null);
export const ReaderProvider = ReaderContext.Provider;

export function useReader(): Reader {
  const reader = useContext(ReaderContext);
  if (reader === null) throw new Error("a part of the page is shown outside its ReaderProvider");
  return reader;
}
