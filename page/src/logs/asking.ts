/** What the view of the log asks of the server, and the shapes of its answers. */

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useAddress } from "../address.ts";
import { type Filter, get, search } from "../api.ts";

export interface LogRecord {
  /** Records that are alike in everything share it. */
  readonly id: string;
  /** Nanoseconds since 1970, as text. */
  readonly time_ns: string;
  readonly service: string;
  readonly severity: string;
  readonly severity_number: number;
  readonly trace_id: string;
  readonly span_id: string;
  readonly event: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
}

interface LogPage {
  readonly records: readonly LogRecord[];
  readonly before: string | null;
}

export interface Facet {
  readonly of: "severity" | "service" | "event" | "attribute";
  /** An attribute's name; else empty. */
  readonly name: string;
  readonly values: readonly { readonly value: string; readonly records: number }[];
}

export interface Facets {
  readonly records: number;
  /** Whether there were more records than were counted. */
  readonly sampled: boolean;
  readonly facets: readonly Facet[];
}

/** The names of a search in the log, as they stand in the page's address. */
export const SEARCHED = ["q", "severity", "event", "trace_id", "attribute"] as const;
export type Searched = Readonly<Record<(typeof SEARCHED)[number], string | null>>;

/** What the address asks for. */
export function useSearched(): Searched {
  useAddress();
  const given = new URLSearchParams(location.search);
  return Object.fromEntries(SEARCHED.map((name) => [name, given.get(name) || null])) as Searched;
}

/** The attributes that are asked for, each "name=value"; in the address they stand in lines. */
export function attributesOf(searched: Searched): readonly string[] {
  return (searched.attribute ?? "").split("\n").filter((line) => line !== "");
}

/** The search as the parameters of the API. */
export function parametersOf(filter: Filter, searched: Searched): URLSearchParams {
  const parameters = new URLSearchParams(search(filter));
  for (const name of SEARCHED) {
    const value = searched[name];
    if (value !== null && name !== "attribute") parameters.set(name, value);
  }
  for (const line of attributesOf(searched)) parameters.append("attribute", line);
  return parameters;
}

export const logsKey = (filter: Filter, searched: Searched) => ["logs", filter, searched] as const;

/** The pages of a search, asked for one after the other. They stand still until they are asked for anew. */
export function useRecords(filter: Filter, searched: Searched, wanted: boolean) {
  return useInfiniteQuery({
    queryKey: logsKey(filter, searched),
    queryFn: ({ signal, pageParam }) => {
      const parameters = parametersOf(filter, searched);
      if (pageParam !== null) parameters.set("before", pageParam);
      return get<LogPage>(`api/logs?${parameters.toString()}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.before,
    enabled: wanted,
    staleTime: 30_000,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

export function useFacets(filter: Filter, searched: Searched) {
  return useQuery({
    queryKey: ["facets", filter, searched],
    queryFn: ({ signal }) =>
      get<Facets>(`api/logs/facets?${parametersOf(filter, searched).toString()}`, signal),
    staleTime: 30_000,
  });
}
