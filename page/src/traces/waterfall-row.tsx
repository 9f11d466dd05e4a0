/** A span's row in the waterfall. It is drawn anew only when what it shows changes. */

import { memo } from "react";
import { useReader } from "../reader.ts";
import { traceWords } from "./words.ts";

/** How high a row is, in pixels: the style sheet has the same. */
export const ROW = 28;
const DEEPEST = 24;
/** How long it took stands right of a bar that ends before this share, else left of it if there is room, else on it. */
const RIGHT = 0.86;
const LEFT = 0.3;

interface RowProps {
  readonly span: number;
  /** Which row it is, from the top. */
  readonly place: number;
  readonly depth: number;
  /** How many spans lie right below it. */
  readonly under: number;
  readonly isClosed: boolean;
  readonly isChosen: boolean;
  /** Its parent is not in the trace. */
  readonly isOrphan: boolean;
  readonly isFailed: boolean;
  readonly name: string;
  readonly colour: number;
  readonly cost: number | null;
  /** Microseconds. */
  readonly took: number;
  /** Where it begins, and how long it is, as shares of the trace. */
  readonly from: number;
  readonly share: number;
}

function percent(share: number): string {
  return `${share * 100}%`;
}

export const Row = memo(function Row(row: RowProps) {
  const { language, format } = useReader();
  const { orphan } = traceWords[language];
  const end = row.from + row.share;
  const isInside = end >= RIGHT && row.from < LEFT;
  return (
    <div
      id={`span-${row.span}`}
      data-span={row.span}
      className="waterfall-row"
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={row.isChosen}
      aria-expanded={row.under > 0 ? !row.isClosed : undefined}
      data-failed={row.isFailed}
      style={{ transform: `translateY(${row.place * ROW}px)` }}
    >
      <span className="waterfall-name" style={{ paddingLeft: `${Math.min(row.depth, DEEPEST) * 14}px` }}>
        {row.under > 0 ? (
          <button type="button" className="twist" tabIndex={-1} aria-hidden="true" data-closed={row.isClosed} />
        ) : (
          <span className="twist-none" />
        )}
        <span className="waterfall-label" title={row.isOrphan ? `${row.name} · ${orphan}` : row.name}>
          {row.name}
          {row.isOrphan && " ⤴"}
        </span>
      </span>
      <span className="waterfall-figures">{row.cost !== null && format.value(row.cost, "usd")}</span>
      <span className="waterfall-lane">
        <span
          className="waterfall-bar"
          data-colour={row.colour}
          style={{ left: percent(row.from), width: percent(row.share) }}
        />
        <span
          className="waterfall-took"
          data-inside={isInside}
          style={
            end < RIGHT
              ? { left: `calc(${percent(end)} + 8px)` }
              : { right: `calc(${percent(isInside ? 1 - end : 1 - row.from)} + 6px)` }
          }
        >
          {format.seconds(row.took / 1e6)}
        </span>
      </span>
    </div>
  );
});
