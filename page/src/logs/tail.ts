/** The live tail: records as they come, held back while somebody reads. */

import { useEffect, useReducer, useRef } from "react";
import type { Filter } from "../api.ts";
import { type LogRecord, parametersOf, type Searched } from "./asking.ts";

/** So many are kept; older ones are found by a search. */
export const MOST = 1_000;
/** So many of the newest are told first, when there are as many. */
const FIRST = 100;
const AGAIN_MS = 5_000;

/** What the tail has told: `records` are shown, `waiting` come when the reader wants them. */
export interface Told {
  readonly records: readonly LogRecord[];
  readonly waiting: readonly LogRecord[];
  /** Whether some may be missing. */
  readonly gap: boolean;
  /** Why nothing new is told just now. */
  readonly trouble: string | null;
  readonly connected: boolean;
  /** Whether the connection came back, and nothing was told since. */
  readonly resumed: boolean;
}

export type Step =
  | { readonly kind: "records"; readonly records: readonly LogRecord[]; readonly gap: boolean; readonly hold: boolean }
  | { readonly kind: "show" }
  | { readonly kind: "open" }
  | { readonly kind: "trouble"; readonly message: string }
  | { readonly kind: "lost" }
  | { readonly kind: "reset" };

export const NOTHING: Told = { records: [], waiting: [], gap: false, trouble: null, connected: false, resumed: false };

/** Nanoseconds as text are longer than a number of JavaScript holds exactly. */
function newerFirst(one: LogRecord, other: LogRecord): number {
  return other.time_ns.length - one.time_ns.length || (one.time_ns < other.time_ns ? 1 : one.time_ns > other.time_ns ? -1 : 0);
}

function together(known: readonly LogRecord[], fresh: readonly LogRecord[]): readonly LogRecord[] {
  return [...fresh, ...known].sort(newerFirst).slice(0, MOST);
}

export function step(told: Told, next: Step): Told {
  switch (next.kind) {
    case "reset":
      return NOTHING;
    case "open":
      return { ...told, connected: true, trouble: null, resumed: told.records.length + told.waiting.length > 0 };
    case "lost":
      return { ...told, connected: false };
    case "trouble":
      return { ...told, trouble: next.message };
    case "show":
      return { ...told, records: together(told.records, told.waiting), waiting: [] };
    case "records": {
      const known = new Set([...told.records, ...told.waiting].map((one) => one.id));
      const fresh = next.records.filter((one) => !known.has(one.id));
      // After a break, the newest that are told hold one that is known, unless some lie between.
      const broken = told.resumed && fresh.length === next.records.length && next.records.length >= FIRST;
      const gap = told.gap || next.gap || broken;
      const rest = { ...told, gap, trouble: null, resumed: false };
      if (next.hold) return { ...rest, waiting: together(told.waiting, fresh) };
      return { ...rest, records: together(told.records, [...told.waiting, ...fresh]), waiting: [] };
    }
  }
}

/** Listens while `wanted` and the page is seen. `holding` says whether somebody reads what is shown. */
export function useTail(filter: Filter, searched: Searched, wanted: boolean, holding: () => boolean) {
  const [told, go] = useReducer(step, NOTHING);
  const held = useRef(holding);
  held.current = holding;
  const parameters = parametersOf({ ...filter, from: null, to: null, compare: null }, searched).toString();
  useEffect(() => {
    go({ kind: "reset" });
    if (!wanted) return;
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      clearTimeout(again);
      source?.close();
      source = null;
    };
    const begin = (): void => {
      end();
      const made = new EventSource(new URL(`api/logs/tail?${parameters}`, document.baseURI));
      source = made;
      made.addEventListener("open", () => go({ kind: "open" }));
      made.addEventListener("records", (event: MessageEvent<string>) => {
        const batch = JSON.parse(event.data) as { records: LogRecord[]; gap: boolean };
        go({ kind: "records", ...batch, hold: held.current() });
      });
      made.addEventListener("trouble", (event: MessageEvent<string>) => {
        go({ kind: "trouble", message: (JSON.parse(event.data) as { message: string }).message });
      });
      made.addEventListener("error", () => {
        go({ kind: "lost" });
        // The browser tries again by itself, but not after an answer that refused.
        if (made.readyState === EventSource.CLOSED) again = setTimeout(begin, AGAIN_MS);
      });
    };
    const seen = (): void => {
      if (document.hidden) {
        end();
        go({ kind: "lost" });
      } else if (source === null) begin();
    };
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      end();
    };
  }, [parameters, wanted]);
  return { told, show: () => go({ kind: "show" }) };
}
