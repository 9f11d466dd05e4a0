/** The rows of a waterfall: spans in the order of their tree, those under a closed one left out. */

import type { TraceShape } from "./asking.ts";

export interface Tree {
  /** Under each span, those whose parent it is, the earliest first. */
  readonly children: readonly (readonly number[])[];
  readonly roots: readonly number[];
  readonly depths: Int32Array;
}

type Family = Pick<TraceShape, "parents">;

export function treeOf({ parents }: Family): Tree {
  const children: number[][] = parents.map(() => []);
  const roots: number[] = [];
  parents.forEach((parent, span) => {
    (children[parent] ?? roots).push(span);
  });
  const depths = new Int32Array(parents.length);
  const open = [...roots].reverse();
  while (open.length > 0) {
    const span = open.pop() as number;
    for (const under of children[span] ?? []) {
      depths[under] = (depths[span] ?? 0) + 1;
      open.push(under);
    }
  }
  return { children, roots, depths };
}

/** The spans that are seen, from top to bottom. */
export function rowsOf({ children, roots }: Tree, closed: ReadonlySet<number>): Int32Array {
  const rows = new Int32Array(children.length);
  let count = 0;
  const open = [...roots].reverse();
  while (open.length > 0) {
    const span = open.pop() as number;
    rows[count++] = span;
    if (closed.has(span)) continue;
    const under = children[span] ?? [];
    for (let at = under.length - 1; at >= 0; at -= 1) open.push(under[at] as number);
  }
  return rows.subarray(0, count);
}

/** How long the trace took from its first beginning to its last end, in microseconds; never 0. */
export function spanOf({ starts_us, durations_us }: Pick<TraceShape, "starts_us" | "durations_us">): number {
  let end = 1;
  for (let at = 0; at < starts_us.length; at += 1) {
    end = Math.max(end, (starts_us[at] ?? 0) + (durations_us[at] ?? 0));
  }
  return end;
}
