/** How long alarms fired. */

interface Fired {
  readonly fired_at: number;
  readonly resolved_at: number | null;
}

/** Seconds in which at least one of them fired; one that still does, to the end. */
export function firedFor(firings: readonly Fired[], end: number): number {
  const stretches = firings
    .map((one) => [one.fired_at, one.resolved_at ?? end] as const)
    .toSorted(([one], [other]) => one - other);
  let [total, reached] = [0, Number.NEGATIVE_INFINITY];
  for (const [begin, until] of stretches) {
    total += Math.max(0, until - Math.max(begin, reached));
    reached = Math.max(reached, until);
  }
  return total;
}
