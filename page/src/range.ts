/** The span of values that a chart shows, so that neither a flat 99.9 % nor a small cost is lost. */

import type { Unit } from "./api.ts";

export type Range = readonly [low: number, high: number];

/** Headroom above the highest line. */
const HEADROOM = 1.08;

/** A high share is read by its distance from 1, and gets room to show it. */
function ratioRange(low: number, high: number): Range {
  // A budget may be overspent: its share that is left is then below 0.
  if (low < 0) return [low * HEADROOM, Math.max(high, 0.1)];
  if (low >= 0.5) {
    const floor = 1 - Math.max(1 - low, 0.005) * HEADROOM;
    return [Math.max(0, floor), 1];
  }
  return [0, Math.min(1, Math.max(high * HEADROOM, 0.01))];
}

export function valueRange(unit: Unit, low: number | null, high: number | null): Range {
  if (low === null || high === null) return [0, 1];
  switch (unit) {
    case "ratio":
      return ratioRange(low, high);
    case "score":
      return [Math.min(0, low), Math.max(1, high)];
    case "s":
    case "usd":
    case "usd_per_hour":
    case "tokens":
    case "calls":
    case "count":
      return [Math.min(0, low * HEADROOM), high > 0 ? high * HEADROOM : low < 0 ? 0 : 1];
  }
}
