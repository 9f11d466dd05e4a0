/** What the views of sessions ask of the server, and the shapes of its answers. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type Filter, get, search } from "../api.ts";

export type By = "session" | "user";

export interface Sums {
  /** Nanoseconds since 1970, as text. */
  readonly first_ns: string;
  readonly last_ns: string;
  readonly calls: number;
  readonly errors: number;
  /** Without the calls that have no price. */
  readonly cost_usd: number | null;
  readonly unpriced: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
}

export interface SessionRow {
  readonly id: string;
  /** One of a session's users, or of a user's sessions. */
  readonly other: string;
  readonly others: number;
  readonly traces: number;
  readonly sums: Sums;
}

export interface SessionTrace {
  readonly trace_id: string;
  readonly feature: string;
  readonly model: string;
  readonly error_type: string;
  readonly sums: Sums;
}

interface SessionPage {
  readonly sessions: readonly SessionRow[];
  readonly before: string | null;
}

export interface SessionTraces {
  readonly session: SessionRow;
  readonly traces: readonly SessionTrace[];
  readonly truncated: boolean;
}

function parametersOf(filter: Filter, by: By): URLSearchParams {
  const parameters = new URLSearchParams(search(filter));
  parameters.set("by", by);
  return parameters;
}

export const sessionsKey = (filter: Filter, by: By) => ["sessions", filter, by] as const;

export function useSessions(filter: Filter, by: By) {
  return useInfiniteQuery({
    queryKey: sessionsKey(filter, by),
    queryFn: ({ signal, pageParam }) => {
      const parameters = parametersOf(filter, by);
      if (pageParam !== null) parameters.set("before", pageParam);
      return get<SessionPage>(`api/sessions?${parameters.toString()}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.before,
    staleTime: 30_000,
    gcTime: 60_000,
    // Rows of sessions would lead nowhere among users.
    placeholderData: (before, query) => (query?.queryKey[2] === by ? before : undefined),
  });
}

export function useSession(filter: Filter, by: By, id: string) {
  return useQuery({
    queryKey: ["session", filter, by, id],
    queryFn: ({ signal }) => {
      const parameters = parametersOf(filter, by);
      parameters.set("id", id);
      return get<SessionTraces>(`api/session?${parameters.toString()}`, signal);
    },
    staleTime: 30_000,
    placeholderData: () => undefined,
  });
}
