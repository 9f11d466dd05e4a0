/** What the page's address says: view, filters and language. Back and forward step through it. */

import { useSyncExternalStore } from "react";

/** The filters on a value, by their names in the address and in the API. */
export const FILTERS = ["feature", "service", "environment", "release", "model", "user"] as const;
export type FilterName = (typeof FILTERS)[number];

/** What every view understands, and what therefore stays when another view is opened. */
const SHARED = ["window", "from", "to", ...FILTERS, "compare", "lang"] as const;
export type SharedName = (typeof SHARED)[number];

/** The parameters of an address; one that is not there is null. */
export type Address = Readonly<Record<SharedName, string | null>>;

/** Changes by name; null removes. A view may have names of its own. */
export type Changes = Readonly<Record<string, string | null>>;

export function readAddress(search: string): Address {
  const parameters = new URLSearchParams(search);
  // "?feature=" is what a form sends for "no feature": it means the same as leaving it out.
  const read = (name: SharedName) => [name, parameters.get(name) || null] as const;
  return Object.fromEntries(SHARED.map(read)) as Record<SharedName, string | null>;
}

function written(parameters: URLSearchParams): string {
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** The search part with the changes made, and whatever else stands there left as it is. */
export function changeSearch(search: string, changes: Changes): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  return written(parameters);
}

/** The search part for another view: what all views share, with the changes made. */
export function sharedSearch(search: string, changes: Changes = {}): string {
  const given = new URLSearchParams(search);
  const kept = SHARED.flatMap((name) => given.getAll(name).map((value) => [name, value]));
  return changeSearch(written(new URLSearchParams(kept)), changes);
}

/** Where in the page a path lies: the view's name, and what stands behind it. */
export interface Place {
  readonly view: string;
  readonly rest: string;
}

/** `root` is the server's own path, which a proxy may have put below another: it ends in "/". */
export function placeOf(path: string, root: string): Place {
  const inside = path.startsWith(root) ? path.slice(root.length) : path.replace(/^\//, "");
  const [view = "", ...rest] = inside.replace(/\/+$/, "").split("/");
  return { view, rest: rest.map(decoded).join("/") };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The server's root, as the document's base says it. */
function root(): string {
  return new URL(".", document.baseURI).pathname;
}

/** The address of a place in the page ("traces", "traces/4bf92f…"), with the filters that stand. */
export function hrefOf(path: string, changes: Changes = {}): string {
  return root() + path + sharedSearch(location.search, changes);
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

type Step = "push" | "replace";

function go(address: string, step: Step): void {
  if (step === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  for (const reader of readers) reader();
}

/** Changes parameters of the view that is shown. A filter is a step that "back" undoes; the language is not. */
export function goTo(changes: Changes, step: Step = "push"): void {
  go(location.pathname + changeSearch(location.search, changes) + location.hash, step);
}

/** Opens another place of the page; its address is `hrefOf`'s. */
export function open(path: string, changes: Changes = {}): void {
  go(hrefOf(path, changes), "push");
}

export function useAddress(): Address {
  return readAddress(useSyncExternalStore(subscribe, () => location.search));
}

export function usePlace(): Place {
  return placeOf(
    useSyncExternalStore(subscribe, () => location.pathname),
    root(),
  );
}

/** A parameter that one view has for itself, such as the words of a search; null when it is not there. */
export function useParameter(name: string): string | null {
  return useSyncExternalStore(subscribe, () => new URLSearchParams(location.search).get(name) || null);
}
