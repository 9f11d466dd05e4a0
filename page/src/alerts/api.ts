/** The JSON of alerts, their history and silences. Times are seconds since 1970. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, send, type Text, type Unit } from "../api.ts";

export type AlarmState = "inactive" | "pending" | "firing" | "resolved";
export type Severity = "page" | "ticket" | "info";

export interface Alert {
  readonly name: string;
  readonly title: Text;
  readonly why: Text;
  readonly todo: Text;
  readonly severity: Severity;
  readonly group: string;
  readonly by: string | null;
  readonly for_s: number;
  readonly unit: Unit;
  readonly bound: number | null;
  readonly state: AlarmState;
  readonly health: "ok" | "no_data" | "failed" | "unknown";
  readonly error: string;
}

export interface Cause {
  readonly field: string;
  readonly value: string;
  readonly share: number;
}

export interface Alarm {
  readonly fingerprint: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: AlarmState;
  readonly value: number | null;
  readonly active_since: number;
  readonly fired_at: number | null;
  readonly resolved_at: number | null;
  readonly causes: readonly Cause[];
  readonly budget_left: number | null;
  readonly silenced_by: readonly string[];
  readonly inhibited_by: readonly string[];
}

export interface Alerts {
  readonly evaluated_at: number | null;
  readonly every_s: number;
  readonly took_s: number | null;
  readonly leads: boolean;
  readonly counts: { readonly missed: number; readonly failures: number; readonly unsaved: number };
  readonly set_aside: string;
  readonly settings_error: string;
  readonly alerts: readonly Alert[];
  readonly active: readonly Alarm[];
}

export interface Change {
  readonly at: number;
  readonly name: string;
  readonly title: Text;
  readonly severity: Severity;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly before: AlarmState;
  readonly state: AlarmState;
  readonly value: number | null;
}

export interface Matcher {
  readonly label: string;
  readonly value: string;
}

export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly who: string;
  readonly why: string;
  readonly begins: number;
  readonly ends: number;
  readonly state: "pending" | "active" | "expired";
  readonly warnings: readonly Text[];
}

export type SilenceAsked = Pick<Silence, "matchers" | "who" | "why" | "ends">;

const REFRESH_MS = 5_000;

export function useAlerts(live: boolean) {
  return useQuery({
    queryKey: ["alerts"],
    queryFn: ({ signal }) => get<Alerts>("api/alerts", signal),
    refetchInterval: live ? REFRESH_MS : false,
  });
}

export function useChanges(window: string, live: boolean) {
  return useQuery({
    queryKey: ["alerts", "history", window],
    queryFn: ({ signal }) =>
      get<{ changes: readonly Change[]; truncated: boolean }>(
        `api/alerts/history?window=${window}&limit=200`,
        signal,
      ),
    refetchInterval: live ? REFRESH_MS : false,
  });
}

export function useSilences(live: boolean) {
  return useQuery({
    queryKey: ["silences"],
    queryFn: ({ signal }) => get<{ silences: readonly Silence[] }>("api/silences", signal),
    refetchInterval: live ? REFRESH_MS : false,
  });
}

/** Makes a silence, and ends one: what is shown of alerts is asked for again then. */
export function useSilencing() {
  const client = useQueryClient();
  const again = async (): Promise<void> => {
    await Promise.all([
      client.invalidateQueries({ queryKey: ["silences"] }),
      client.invalidateQueries({ queryKey: ["alerts"] }),
    ]);
  };
  const make = useMutation({
    mutationFn: (asked: SilenceAsked) => send<Silence>("POST", "api/silences", asked),
    onSuccess: again,
  });
  const end = useMutation({
    mutationFn: (id: string) => send<Silence>("DELETE", `api/silences/${encodeURIComponent(id)}`),
    onSuccess: again,
  });
  return { make, end };
}
