/** The waterfall: a row a span, of which only those in sight are drawn. */

import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { useReader } from "../reader.ts";
import type { CallInTrace, TraceShape } from "./asking.ts";
import { rowsOf, spanOf, treeOf } from "./rows.ts";
import { Row, ROW } from "./waterfall-row.tsx";
import { traceWords } from "./words.ts";

const BEYOND = 12;
const MOST = 20;

interface WaterfallProps {
  readonly shape: TraceShape;
  readonly calls: ReadonlyMap<string, CallInTrace>;
  readonly chosen: number | null;
  readonly choose: (span: number) => void;
}

/** Where the axis has its marks: at round times, at most six. */
function marksOf(length_us: number): number[] {
  const wanted = length_us / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 1)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= wanted) ?? power;
  return Array.from({ length: Math.floor(length_us / step) + 1 }, (_, at) => at * step);
}

export function Waterfall({ shape, calls, chosen, choose }: WaterfallProps) {
  const { language, format } = useReader();
  const words = traceWords[language];
  const tree = useMemo(() => treeOf(shape), [shape]);
  const length = useMemo(() => spanOf(shape), [shape]);
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const rows = useMemo(() => rowsOf(tree, closed), [tree, closed]);
  // Rows scrolled past: within one row's height a scroll draws nothing anew.
  const [above, setAbove] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const height = Math.min(rows.length, MOST) * ROW;
  const first = Math.max(0, above - BEYOND);
  const last = Math.min(rows.length, above + MOST + 1 + BEYOND);
  const at = chosen === null ? -1 : rows.indexOf(chosen);

  // The chosen span is kept in sight, whether it was chosen by a key or by the address.
  useEffect(() => {
    const element = box.current;
    if (element === null || at < 0) return;
    const begin = at * ROW;
    if (begin < element.scrollTop) element.scrollTop = begin;
    else if (begin + ROW > element.scrollTop + height) element.scrollTop = begin + ROW - height;
  }, [at, height]);

  const set = (span: number, isClosed: boolean): void => {
    if ((tree.children[span]?.length ?? 0) === 0) return;
    setClosed((before) => {
      const after = new Set(before);
      if (isClosed) after.add(span);
      else after.delete(span);
      return after;
    });
  };
  const go = (place: number): void => {
    const span = rows[Math.max(0, Math.min(rows.length - 1, place))];
    if (span !== undefined) choose(span);
  };
  const keys = (event: KeyboardEvent): void => {
    const span = chosen ?? -1;
    const isClosed = closed.has(span);
    const parent = shape.parents[span] ?? -1;
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      PageDown: () => go(at + MOST),
      PageUp: () => go(at - MOST),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowLeft: () => (isClosed || (tree.children[span]?.length ?? 0) === 0 ? parent >= 0 && choose(parent) : set(span, true)),
      ArrowRight: () => (isClosed ? set(span, false) : go(at + 1)),
    };
    const move = moves[event.key];
    // With other keys held, it is the browser's: Alt and left go back.
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move();
  };

  // One listener for all rows, so that a row has nothing of its own that changes.
  const clicked = (event: MouseEvent<HTMLElement>): void => {
    const target = event.target as HTMLElement;
    const span = Number(target.closest<HTMLElement>("[data-span]")?.dataset["span"] ?? Number.NaN);
    if (Number.isNaN(span)) return;
    if (target.closest(".twist") !== null) set(span, !closed.has(span));
    else choose(span);
  };

  const everyParent = (): Set<number> =>
    new Set(tree.children.flatMap((under, span) => (under.length > 0 ? [span] : [])));
  return (
    <div className="waterfall">
      <div className="waterfall-tools">
        <button type="button" onClick={() => setClosed(everyParent())}>
          {words.collapseAll}
        </button>
        <button type="button" onClick={() => setClosed(new Set())}>
          {words.expandAll}
        </button>
        <span className="quiet">{words.keys}</span>
      </div>
      <div className="waterfall-axis" aria-hidden="true">
        {marksOf(length).filter((mark) => mark < length * 0.94).map((mark) => (
          <span key={mark} style={{ left: `${(mark / length) * 100}%` }}>
            {format.seconds(mark / 1e6)}
          </span>
        ))}
      </div>
      <div
        className="waterfall-rows"
        ref={box}
        role="tree"
        aria-label={words.waterfall}
        aria-activedescendant={at >= 0 ? `span-${chosen}` : undefined}
        tabIndex={0}
        onKeyDown={keys}
        onScroll={(event) => setAbove(Math.floor(event.currentTarget.scrollTop / ROW))}
        onClick={clicked}
        style={{ height: `${height}px` }}
      >
        <div className="waterfall-whole" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
          {Array.from(rows.subarray(first, last), (span, offset) => {
            const call = calls.get(shape.ids[span] ?? "");
            return (
              <Row
                key={span}
                span={span}
                place={first + offset}
                depth={tree.depths[span] ?? 0}
                under={tree.children[span]?.length ?? 0}
                isClosed={closed.has(span)}
                isChosen={span === chosen}
                isOrphan={shape.parents[span] === -2}
                isFailed={shape.failed[span] === true || call?.outcome === "error"}
                name={shape.words[shape.names[span] ?? 0] ?? ""}
                colour={(shape.services[span] ?? 0) % 8}
                cost={call?.cost_usd ?? null}
                took={shape.durations_us[span] ?? 0}
                from={(shape.starts_us[span] ?? 0) / length}
                share={(shape.durations_us[span] ?? 0) / length}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
