/** What the page's address says: window, feature and language. Back and forward step through it. */

import { useSyncExternalStore } from "react";

export interface Address {
  readonly window: string | null;
  readonly feature: string | null;
  readonly lang: string | null;
}

export function readAddress(search: string): Address {
  const parameters = new URLSearchParams(search);
  // "?feature=" is what a form sends for "no feature": it means the same as leaving it out.
  const read = (name: string): string | null => parameters.get(name) || null;
  return { window: read("window"), feature: read("feature"), lang: read("lang") };
}

/** The search part with the changes made; null removes, and whatever else stands there stays. */
export function changeSearch(search: string, changes: Partial<Address>): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  const changed = parameters.toString();
  return changed === "" ? "" : `?${changed}`;
}

const readers = new Set<() => void>();

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  addEventListener("popstate", reader);
  return () => {
    readers.delete(reader);
    removeEventListener("popstate", reader);
  };
}

/** A filter is a step that "back" undoes; the language is not. */
export function goTo(changes: Partial<Address>, step: "push" | "replace" = "push"): void {
  const address = location.pathname + changeSearch(location.search, changes) + location.hash;
  if (step === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  for (const reader of readers) reader();
}

export function useAddress(): Address {
  return readAddress(useSyncExternalStore(subscribe, () => location.search));
}
