/** The waterfall: a row a span, of which only those in sight are drawn. */

import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useReader } from "../reader.ts";
import type { CallInTrace, TraceShape } from "./asking.ts";
import { rowsOf, spanOf, treeOf } from "./rows.ts";
import { traceWords } from "./words.ts";

const ROW = 28;
const BEYOND = 12;
const MOST = 20;
const DEEPEST = 24;

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
  const [top, setTop] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const height = Math.min(rows.length, MOST) * ROW;
  const first = Math.max(0, Math.floor(top / ROW) - BEYOND);
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + BEYOND);
  const at = chosen === null ? -1 : rows.indexOf(chosen);

  // The chosen span is kept in sight, whether it was chosen by a key or by the address.
  useEffect(() => {
    const element = box.current;
    if (element === null || at < 0) return;
    const above = at * ROW;
    if (above < element.scrollTop) element.scrollTop = above;
    else if (above + ROW > element.scrollTop + height) element.scrollTop = above + ROW - height;
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
    if (move === undefined) return;
    event.preventDefault();
    move();
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
        {marksOf(length).map((mark) => (
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
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        style={{ height: `${height}px` }}
      >
        <div className="waterfall-whole" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
          {Array.from(rows.subarray(first, last), (span, offset) => {
            const depth = tree.depths[span] ?? 0;
            const under = tree.children[span]?.length ?? 0;
            const start = shape.starts_us[span] ?? 0;
            const took = shape.durations_us[span] ?? 0;
            const call = calls.get(shape.ids[span] ?? "");
            const name = shape.words[shape.names[span] ?? 0] ?? "";
            const seconds = format.seconds(took / 1e6);
            return (
              <div
                key={span}
                id={`span-${span}`}
                className="waterfall-row"
                role="treeitem"
                aria-level={depth + 1}
                aria-selected={span === chosen}
                aria-expanded={under > 0 ? !closed.has(span) : undefined}
                data-failed={shape.failed[span] === true || call?.outcome === "error"}
                style={{ transform: `translateY(${(first + offset) * ROW}px)` }}
                onClick={() => choose(span)}
              >
                <span className="waterfall-name" style={{ paddingLeft: `${Math.min(depth, DEEPEST) * 14}px` }}>
                  {under > 0 ? (
                    <button
                      type="button"
                      className="twist"
                      tabIndex={-1}
                      aria-hidden="true"
                      data-closed={closed.has(span)}
                      onClick={(event) => {
                        event.stopPropagation();
                        set(span, !closed.has(span));
                      }}
                    />
                  ) : (
                    <span className="twist-none" />
                  )}
                  <span className="waterfall-label" title={shape.parents[span] === -2 ? `${name} · ${words.orphan}` : name}>
                    {name}
                    {shape.parents[span] === -2 && " ⤴"}
                  </span>
                </span>
                <span className="waterfall-figures">
                  {call !== undefined && call.cost_usd !== null && format.value(call.cost_usd, "usd")}
                </span>
                <span className="waterfall-lane">
                  <span
                    className="waterfall-bar"
                    data-colour={(shape.services[span] ?? 0) % 8}
                    style={{ left: `${(start / length) * 100}%`, width: `${(took / length) * 100}%` }}
                  />
                  <span
                    className="waterfall-took"
                    style={
                      start + took < length * 0.86
                        ? { left: `calc(${((start + took) / length) * 100}% + 8px)` }
                        : { right: `calc(${(1 - start / length) * 100}% + 6px)` }
                    }
                  >
                    {seconds}
                  </span>
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
