/** Live data: what is asked of the server, how often, and how old the last answer is. */

import { hashKey, keepPreviousData, QueryClient, useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef, useState } from "react";
import { api, type Filter } from "./api.ts";

export const REFRESH_MS = 5_000;
const SLOW_REFRESH_MS = 15_000;

/** Questions that the reader stopped, by their hash: they are not asked again unless by hand. */
export const stopped = new Set<string>();

const isWanted = ({ queryHash }: { queryHash: string }): boolean => !stopped.has(queryHash);

/** How often to ask again, as long as the reader did not stop it. */
const every = (live: boolean, ms: number) => (query: { queryHash: string }) =>
  live && isWanted(query) ? ms : false;

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: isWanted,
      refetchOnReconnect: isWanted,
      // The server is often on this very machine: "offline" says nothing about it.
      networkMode: "always",
      retry: false,
      staleTime: REFRESH_MS / 2,
      placeholderData: keepPreviousData,
    },
  },
});

export function useCatalog() {
  return useQuery({
    queryKey: ["catalog"],
    queryFn: ({ signal }) => api.catalog(signal),
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: (query) => (query.state.data === undefined ? REFRESH_MS : false),
  });
}

export const statusKey = (filter: Filter) => ["status", filter] as const;

export function useStatus(filter: Filter, live: boolean) {
  return useQuery({
    queryKey: statusKey(filter),
    queryFn: ({ signal }) => api.status(filter, signal),
    refetchInterval: every(live, REFRESH_MS),
  });
}

/** What is left out; asked for when the verdict is there, which on a busy server would have to share with it. */
export function useHonesty(live: boolean, wanted: boolean) {
  return useQuery({
    queryKey: ["honesty"],
    queryFn: ({ signal }) => api.honesty(signal),
    enabled: wanted,
    refetchInterval: live ? SLOW_REFRESH_MS : false,
  });
}

/** What there is to filter by; asked for when somebody is about to choose. */
export function useValues(wanted: boolean) {
  return useQuery({
    queryKey: ["values"],
    queryFn: ({ signal }) => api.values(signal),
    enabled: wanted,
    staleTime: 60_000,
  });
}

export function useReleases(filter: Filter, live: boolean) {
  return useQuery({
    queryKey: ["markers", filter],
    queryFn: ({ signal }) => api.markers(filter, signal),
    refetchInterval: live ? SLOW_REFRESH_MS : false,
  });
}

export const reckonedKey = (group: string, filter: Filter) => ["reckoned", group, filter] as const;

/** What is reckoned changes slowly and takes long, so it is asked for less often. */
export function useReckoned(group: string, filter: Filter, wanted: boolean, live: boolean) {
  return useQuery({
    queryKey: reckonedKey(group, filter),
    queryFn: ({ signal }) => api.reckoned(group, filter, signal),
    enabled: wanted,
    staleTime: SLOW_REFRESH_MS,
    refetchInterval: every(live, SLOW_REFRESH_MS),
  });
}

export const panelsKey = (group: string, filter: Filter) => ["panels", group, filter] as const;

/** A group out of sight is fetched once, when it is `wanted`, and refreshed only when it comes into view. */
export function usePanels(group: string, filter: Filter, live: boolean, wanted = true) {
  const queryKey = panelsKey(group, filter);
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.panels(group, filter, signal),
    enabled: wanted,
    refetchInterval: every(live, REFRESH_MS),
  });
  const { isStale, isFetching, refetch } = query;
  useEffect(() => {
    if (live && wanted && isStale && !isFetching && !stopped.has(hashKey(queryKey))) void refetch();
    // Only coming into view asks at once; afterwards the interval does.
  }, [live]);
  return query;
}

/** Whether the group's first answer to this filter is still to come. */
export function useAwaited(group: string, filter: Filter): boolean {
  const { data, isFetching, isPlaceholderData } = usePanels(group, filter, false);
  return isFetching && (data === undefined || isPlaceholderData);
}

interface Answer {
  readonly data: unknown;
  readonly error: Error | null;
}

/** Whether there is an answer, be it an old one or that there is none. */
export const isAnswered = ({ data, error }: Answer): boolean => data !== undefined || error !== null;

/** The error that still stands: a query without data forgets its error while it asks again. */
export function useStandingError({ data, error }: Answer): Error | null {
  const last = useRef<Error | null>(null);
  if (error !== null) last.current = error;
  else if (data !== undefined) last.current = null;
  return last.current;
}

export function useInView(element: RefObject<Element | null>): boolean {
  const [inView, setInView] = useState(false);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver((entries) => {
      setInView(entries.some((entry) => entry.isIntersecting));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return inView;
}

/** The present time in seconds since 1970, once a second while the tab is seen. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now() / 1_000);
  useEffect(() => {
    const tick = (): void => {
      if (!document.hidden) setNow(Date.now() / 1_000);
    };
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
