/** What the reader chose before, kept in the browser: the theme and the language. */

import { useSyncExternalStore } from "react";
import { isLanguage, type Language } from "./words.ts";

export type Theme = "dark" | "light";

/** Storage may be switched off; the page then only forgets. */
function kept(name: string): string | null {
  try {
    return localStorage.getItem(`kansoku.${name}`);
  } catch {
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`kansoku.${name}`, value);
  } catch {
    return;
  }
}

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const readers = new Set<() => void>();

function currentTheme(): Theme {
  const chosen = kept("theme");
  if (chosen === "dark" || chosen === "light") return chosen;
  return prefersDark.matches ? "dark" : "light";
}

/** Puts a theme that was chosen on the document; without a choice the style sheet follows the system. */
export function applyTheme(): void {
  const chosen = kept("theme");
  if (chosen !== null) document.documentElement.dataset["theme"] = chosen;
}

export function chooseTheme(theme: Theme): void {
  keep("theme", theme);
  applyTheme();
  for (const reader of readers) reader();
}

export function useTheme(): Theme {
  return useSyncExternalStore((reader) => {
    readers.add(reader);
    prefersDark.addEventListener("change", reader);
    return () => {
      readers.delete(reader);
      prefersDark.removeEventListener("change", reader);
    };
  }, currentTheme);
}

/** Who the reader said to be, so that a silence need not ask again. */
export function keptName(): string {
  return kept("name") ?? "";
}

export function keepName(name: string): void {
  keep("name", name);
}

/** The address wins over the last choice, which wins over what the browser asks for. */
export function languageFor(asked: string | null): Language {
  if (isLanguage(asked)) return asked;
  const before = kept("language");
  if (isLanguage(before)) return before;
  return navigator.language.toLowerCase().startsWith("ja") ? "ja" : "en";
}

export function keepLanguage(language: Language): void {
  keep("language", language);
}
