/** The JSON of objectives and their error budgets. */

import { useQuery } from "@tanstack/react-query";
import { type BudgetState, get, type MonthCost, type Text } from "../api.ts";

export interface Burn {
  readonly factor: number;
  readonly long_s: number;
  readonly short_s: number;
  readonly severity: "page" | "ticket";
  readonly long_rate: number | null;
  readonly short_rate: number | null;
  readonly passed: boolean;
}

export interface Slo {
  readonly name: string;
  readonly title: Text;
  readonly why: Text;
  readonly target: number;
  readonly window_s: number;
  /** What the budget is of: so many days up to now, or a calendar period. */
  readonly over: Text;
  readonly eligible: number;
  readonly bad: number;
  readonly allowed: number;
  /** Share of the budget, below 0 where it is overspent. */
  readonly left: number | null;
  readonly rate: number | null;
  readonly lasts_s: number | null;
  readonly state: BudgetState;
  readonly burns: readonly Burn[];
  readonly warnings: readonly Text[];
}

export interface Slos {
  readonly at: number;
  readonly slos: readonly Slo[];
  readonly cost: MonthCost | null;
}

export interface Day {
  readonly at: number;
  readonly eligible: number;
  readonly bad: number;
  readonly left: number | null;
}

const REFRESH_MS = 15_000;

export function useSlos(live: boolean) {
  return useQuery({
    queryKey: ["slos"],
    queryFn: ({ signal }) => get<Slos>("api/slos", signal),
    refetchInterval: live ? REFRESH_MS : false,
  });
}

export function useSloHistory(name: string) {
  return useQuery({
    queryKey: ["slos", name, "history"],
    queryFn: ({ signal }) =>
      get<{ days: readonly Day[] }>(`api/slos/${encodeURIComponent(name)}`, signal),
    staleTime: 5 * 60_000,
  });
}
