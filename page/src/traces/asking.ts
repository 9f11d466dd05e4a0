/** What the views of traces ask of the server, and the shapes of its answers. */

import { keepPreviousData, useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { type Filter, get, search } from "../api.ts";
import { REFRESH_MS } from "../refresh.ts";

export interface TraceRow {
  readonly trace_id: string;
  /** Nanoseconds since 1970, as text. */
  readonly time_ns: string;
  readonly service: string;
  readonly feature: string;
  readonly operation: string;
  readonly model: string;
  readonly outcome: string;
  readonly error_type: string;
  readonly error_message: string;
  readonly user_id: string;
  readonly session_id: string;
  readonly duration_s: number | null;
  readonly ttft_s: number | null;
  readonly cost_usd: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly attempts: number | null;
  readonly unpriced_reason: string;
}

interface TracePage {
  readonly traces: readonly TraceRow[];
  readonly before: string | null;
}

export interface CallInTrace {
  readonly span_id: string;
  readonly cost_usd: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly ttft_s: number | null;
  readonly attempts: number | null;
  readonly outcome: string;
  readonly error_type: string;
  readonly unpriced_reason: string;
}

/** A trace's spans in columns, the earliest first; times in microseconds. */
export interface TraceShape {
  readonly trace_id: string;
  readonly begin_ns: string;
  readonly ids: readonly string[];
  readonly parents: readonly number[];
  readonly starts_us: readonly number[];
  readonly durations_us: readonly number[];
  readonly names: readonly number[];
  readonly services: readonly number[];
  readonly failed: readonly boolean[];
  readonly words: readonly string[];
  readonly calls: readonly CallInTrace[];
  readonly truncated: boolean;
}

export interface SpanDetail {
  readonly kind: string;
  readonly scope: string;
  readonly status: string;
  readonly status_message: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly events: readonly {
    readonly time_ns: string;
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
}

/** The names of a search for traces, as they stand in the page's address and in the API's. */
export const SEARCHED = ["id", "q", "outcome", "error_type", "session", "tool", "slower_than_s"] as const;
export type Searched = Readonly<Record<(typeof SEARCHED)[number], string | null>>;

const PAGE = 100;

function addressOf(filter: Filter, searched: Searched, before: string | null): string {
  const parameters = new URLSearchParams(search(filter));
  for (const name of SEARCHED) {
    const value = searched[name];
    if (value !== null) parameters.set(name, value);
  }
  parameters.set("limit", String(PAGE));
  if (before !== null) parameters.set("before", before);
  return `api/traces?${parameters.toString()}`;
}

export const tracesKey = (filter: Filter, searched: Searched) => ["traces", filter, searched] as const;

/** The pages of a search, asked for one after the other. They stand still until they are asked for anew. */
export function useTraces(filter: Filter, searched: Searched) {
  return useInfiniteQuery({
    queryKey: tracesKey(filter, searched),
    queryFn: ({ signal, pageParam }) =>
      get<TracePage>(addressOf(filter, searched, pageParam), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.before,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

/** The newest page, asked for again and again to count what has come since. */
export function useNewest(filter: Filter, searched: Searched, live: boolean) {
  return useQuery({
    queryKey: ["traces-newest", filter, searched],
    queryFn: ({ signal }) => get<TracePage>(addressOf(filter, searched, null), signal),
    enabled: live,
    refetchInterval: live ? REFRESH_MS : false,
  });
}

export function useShape(trace: string) {
  return useQuery({
    queryKey: ["shape", trace],
    queryFn: ({ signal }) => get<TraceShape>(`api/traces/${encodeURIComponent(trace)}/shape`, signal),
    staleTime: 30_000,
    placeholderData: () => undefined,
  });
}

function detailQuery(trace: string, span: string) {
  return {
    queryKey: ["span", trace, span],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<SpanDetail>(
        `api/traces/${encodeURIComponent(trace)}/spans/${encodeURIComponent(span)}`,
        signal,
      ),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: () => undefined,
  };
}

export function useDetail(trace: string, span: string | null) {
  return useQuery({ ...detailQuery(trace, span ?? ""), enabled: span !== null });
}

export function useDetails(trace: string, spans: readonly string[]) {
  return useQueries({ queries: spans.map((span) => detailQuery(trace, span)) });
}

/** Nanoseconds as text, in seconds: what is lost is finer than is shown. */
export function secondsOf(nanoseconds: string): number {
  return Number(nanoseconds) / 1e9;
}
