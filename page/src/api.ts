/** The server's JSON API: the shapes of its answers and the requests that fetch them. */

import type { FilterName } from "./address.ts";

/** One text in each of the page's languages, written by the server. */
export interface Text {
  readonly en: string;
  readonly ja: string;
}

export type Unit = "ratio" | "s" | "usd" | "usd_per_hour" | "tokens" | "calls" | "count" | "score";

/** A table's column may also hold points in time, in seconds since 1970. */
export type ColumnUnit = Unit | "time";

export type PanelKind = "timeseries" | "bars" | "table" | "stat" | "heatmap" | "month";

export interface PanelTitle {
  readonly id: string;
  readonly title: Text;
  readonly help: Text;
  readonly kind: PanelKind;
  readonly unit: Unit;
  /** Whether it has an address of its own: it takes longer, and the others need not wait for it. */
  readonly reckoned?: boolean;
}

export interface GroupTitle {
  readonly id: string;
  readonly title: Text;
  readonly panels: readonly PanelTitle[];
}

export interface IndicatorTitle {
  readonly name: string;
  readonly title: Text;
  readonly why: Text;
  readonly unit: Unit;
  /** The side of its bound on which the indicator should stay. */
  readonly keep: "above" | "below" | null;
}

export interface FilterTitle {
  readonly name: FilterName;
  readonly title: Text;
  /** What is looked at without it. */
  readonly every: Text;
}

/** A release's first call, in seconds since 1970. */
export interface Marker {
  readonly service: string;
  readonly release: string;
  readonly time: number;
}

export interface Catalog {
  readonly demo: boolean;
  /** Whether who sends needs a key. */
  readonly keyed: boolean;
  readonly windows: readonly string[];
  readonly filters: readonly FilterTitle[];
  readonly groups: readonly GroupTitle[];
  readonly indicators: readonly IndicatorTitle[];
}

export type VerdictState = "working" | "degraded" | "down" | "no_data";
export type IndicatorState = "ok" | "breach" | "low_sample" | "no_data" | "none";

export interface Measured {
  /** How far quantiles may lie off, as a share of them; null where exact. */
  readonly approximate?: number | null;
  /** The name of a filter that can say nothing of what is measured, which is then empty. */
  readonly unfit?: FilterName | null;
  /** What the numbers leave out. */
  readonly note?: Text | null;
}

export interface Indicator extends Measured {
  readonly name: string;
  readonly value: number | null;
  readonly unit: Unit;
  readonly n: number;
  readonly window_s: number;
  readonly objective: number | null;
  readonly state: IndicatorState;
  readonly before?: number | null;
}

export type BudgetState = "ok" | "burning" | "exhausted" | "low_traffic" | "no_data";

/** A calendar month (UTC); without a budget, that and what is left are null. */
export interface MonthCost {
  readonly budget_usd: number | null;
  readonly spent_usd: number | null;
  readonly left_usd: number | null;
  readonly forecast_usd: number | null;
  readonly lasts_s: number | null;
  readonly state: BudgetState;
  readonly month_begins: number;
  readonly month_ends: number;
}

export interface MonthPanel extends Measured {
  readonly id: string;
  readonly kind: "month";
  readonly cost: MonthCost;
}

export interface Status {
  readonly state: VerdictState;
  readonly sentence: Text;
  readonly reasons: readonly Text[];
  readonly window: string;
  readonly feature: string | null;
  readonly from: number;
  readonly to: number;
  readonly demo: boolean;
  readonly features: readonly string[];
  /** The alarms that fire now. */
  readonly firing: readonly Text[];
  readonly indicators: readonly Indicator[];
}

export interface Series {
  readonly label: Text;
  readonly values: readonly (number | null)[];
  /** Where its value stands among those that Kansoku names, such as outcomes: it looks alike in every chart. */
  readonly place?: number | null;
  /** The same line over the time before, where it is compared. */
  readonly before?: readonly (number | null)[] | null;
}

export interface TimeSeriesPanel extends Measured {
  readonly id: string;
  readonly kind: "timeseries";
  readonly unit: Unit;
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** Where the panel has a time of its own. */
  readonly from?: number | null;
  readonly to?: number | null;
  readonly draw?: "line" | "columns";
  /** What the lines are held to. */
  readonly bound?: number | null;
  /** Stretches that are shaded: from and to, in seconds since 1970. */
  readonly bands?: readonly (readonly [number, number])[];
}

export interface HeatmapPanel extends Measured {
  readonly id: string;
  readonly kind: "heatmap";
  readonly unit: Unit;
  readonly times: readonly number[];
  readonly edges: readonly number[];
  /** One list for each place, from below the first edge on. */
  readonly counts: readonly (readonly number[])[];
}

export interface Bar {
  readonly label: string;
  readonly value: number | null;
  readonly share: number | null;
  readonly n: number;
  readonly before?: number | null;
}

export interface BarsPanel extends Measured {
  readonly id: string;
  readonly kind: "bars";
  readonly unit: Unit;
  /** What chooses the rows of one bar. */
  readonly filter?: FilterName | null;
  readonly rows: readonly Bar[];
}

export type Cell = string | number | boolean | null;

export interface Column {
  readonly id: string;
  readonly title: Text;
  readonly unit: ColumnUnit | null;
  readonly filter?: FilterName | null;
  /** How people read cells that hold a word of Kansoku's; what applications send stands as it is. */
  readonly words?: Readonly<Record<string, Text>> | null;
}

export interface TablePanel extends Measured {
  readonly id: string;
  readonly kind: "table";
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface StatPanel extends Measured {
  readonly id: string;
  readonly kind: "stat";
  readonly unit: Unit;
  readonly value: number | null;
  readonly n: number;
  readonly before?: number | null;
  /** Of a share: the interval that it lies in with 95 % confidence. */
  readonly low?: number | null;
  readonly high?: number | null;
}

export type Panel =
  | TimeSeriesPanel
  | BarsPanel
  | TablePanel
  | StatPanel
  | HeatmapPanel
  | MonthPanel;

export interface PanelGroup {
  readonly group: string;
  readonly from: number;
  readonly to: number;
  readonly step_s: number;
  readonly panels: readonly Panel[];
}

/** One kind of thing that the numbers leave out, or hold otherwise than it happened. */
export interface Shortfall {
  readonly id: string;
  readonly title: Text;
  readonly counted: Text;
  readonly means: Text;
  readonly remedy: Text;
  /** Whether a number on the page is wrong for it. */
  readonly harms: boolean;
  /** null where nobody told. */
  readonly count: number | null;
  readonly share: number | null;
  readonly parts: Readonly<Record<string, number>>;
  /** When the oldest of what waits began to wait; null where nothing waits. */
  readonly since: number | null;
}

export interface Honesty {
  readonly calls: number;
  readonly unpriced: number;
  readonly duplicates: Readonly<Record<string, number>>;
  readonly spool_bytes: number;
  readonly segments_waiting: number;
  readonly segments_set_aside: number;
  readonly rejected_requests: number;
  readonly rejected_items: number;
  readonly late_rows: number;
  readonly set_aside_since: number | null;
  readonly set_aside_reason: string;
  readonly store_restarts: number;
  readonly notices_waiting: number;
  readonly notices_lost: number;
  /** What of the file of settings does not count, and what to do. */
  readonly settings: readonly Text[];
  /** Processes that told in the last 24 hours what they dropped and masked. */
  readonly processes: number;
  readonly shortfalls: readonly Shortfall[];
}

/** What is looked at: a window of time that ends now or, with `from` and `to`, any other; null is no filter. */
export interface Filter extends Readonly<Record<FilterName, string | null>> {
  readonly window: string;
  readonly from: string | null;
  readonly to: string | null;
  /** "before" asks for the time before beside it. */
  readonly compare: string | null;
}

/** The server could not be reached at all (`reached` false), or answered that it could not do it. */
export class ApiError extends Error {
  readonly reached: boolean;
  readonly field: string | null;
  readonly status: number | null;
  /** The right that the reader's key lacks, where that is why. */
  readonly right: string | null;

  constructor(message: string, reached: boolean, told: Partial<Pick<ApiError, "field" | "status" | "right">> = {}) {
    super(message);
    this.reached = reached;
    this.field = told.field ?? null;
    this.status = told.status ?? null;
    this.right = told.right ?? null;
  }
}

/** Whether the server was there, though it could not do what was asked. */
export function wasReached(error: Error): boolean {
  return error instanceof ApiError && error.reached;
}

/** Whether the server said that there is no such thing: anything else may be there when it is asked again. */
export function isGone(error: Error): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** A proxy may answer with a page of its own, so an error's body is read with suspicion. */
async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const error = (body as { error?: { message?: unknown; field?: unknown; right?: unknown } } | null)?.error;
  const text = (told: unknown): string | null => (typeof told === "string" ? told : null);
  const message = text(error?.message) ?? `HTTP ${response.status}`;
  const { status } = response;
  return new ApiError(message, true, { field: text(error?.field), status, right: text(error?.right) });
}

/** Asks an address of the API, relative to the server's root. */
export async function get<T>(address: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(address, { signal, headers: { accept: "application/json" } }).catch(
    (cause: unknown) => {
      if (signal.aborted) throw cause;
      throw new ApiError(String(cause), false);
    },
  );
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as T;
}

/** Sends a change; the server takes it only from a page of its own. */
export async function send<T>(method: "POST" | "DELETE", address: string, body?: unknown): Promise<T> {
  const response = await fetch(address, {
    method,
    headers: { accept: "application/json", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new ApiError(String(cause), false);
  });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as T;
}

/** The filter as the parameters that every address of the API takes. */
export function search(filter: Filter): string {
  const given = Object.entries(filter).filter((pair): pair is [string, string] => pair[1] !== null);
  return new URLSearchParams(given).toString();
}

// Addresses are relative: the document's base says where the server stands.
export const api = {
  catalog: (signal: AbortSignal) => get<Catalog>("api/catalog", signal),
  honesty: (signal: AbortSignal) => get<Honesty>("api/honesty", signal),
  status: (filter: Filter, signal: AbortSignal) =>
    get<Status>(`api/status?${search(filter)}`, signal),
  values: (signal: AbortSignal) =>
    get<{ values: Readonly<Record<FilterName, readonly string[]>> }>("api/values", signal),
  markers: (filter: Filter, signal: AbortSignal) =>
    get<{ markers: readonly Marker[] }>(`api/markers?${search(filter)}`, signal),
  reckoned: (group: string, filter: Filter, signal: AbortSignal) =>
    get<PanelGroup>(`api/panels/${encodeURIComponent(group)}/reckoned?${search(filter)}`, signal),
  panels: (group: string, filter: Filter, signal: AbortSignal) =>
    get<PanelGroup>(`api/panels/${encodeURIComponent(group)}?${search(filter)}`, signal),
};
