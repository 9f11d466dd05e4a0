/** What a call cost, in words. */

import type { Format } from "../format.ts";

export interface Priced {
  readonly cost_usd: number | null;
  /** Why there is no cost though there was something to price; empty where a call costs nothing. */
  readonly unpriced_reason: string;
}

export function costText(call: Priced | undefined, format: Format, unpriced: string): string {
  if (call === undefined || call.cost_usd === null) return call?.unpriced_reason ? unpriced : "–";
  return format.value(call.cost_usd, "usd");
}
