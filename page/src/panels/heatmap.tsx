/** How rows spread over a range of values, over time: a picture of cells, and a table for screen readers. */

import {
  type KeyboardEvent,
  memo,
  type PointerEvent,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { HeatmapPanel, Unit } from "../api.ts";
import { crosshair } from "../crosshair.ts";
import { frame } from "../frame.ts";
import { movingText } from "../moving-text.ts";
import { useTheme } from "../preferences.ts";
import { type Reader, useReader } from "../reader.ts";

const DAY_S = 86_400;

interface HeatmapProps {
  readonly title: string;
  readonly panel: HeatmapPanel;
}

/** What a place holds: below the first edge, between two, or above the last. */
function placeText(place: number, edges: readonly number[], unit: Unit, { format }: Reader): string {
  const [low, high] = [edges[place - 1], edges[place]];
  if (low === undefined) return `< ${format.tick(high ?? 0, unit)}`;
  if (high === undefined) return `≥ ${format.tick(low, unit)}`;
  return `${format.tick(low, unit)} – ${format.tick(high, unit)}`;
}

/** The cell in words; without a place, all calls of its column. */
function told(panel: HeatmapPanel, { column, place }: At, reader: Reader): string {
  const { format } = reader;
  const time = format.moment(panel.times[column] ?? 0);
  if (place === null) {
    const all = panel.counts.reduce((sum, one) => sum + (one[column] ?? 0), 0);
    return `${time} · ${format.number(all)}`;
  }
  return `${time} · ${placeText(place, panel.edges, panel.unit, reader)}: ${format.number(panel.counts[place]?.[column] ?? 0)}`;
}

export function isCold(panel: HeatmapPanel): boolean {
  return panel.counts.every((place) => place.every((count) => count === 0));
}

function paint(canvas: HTMLCanvasElement, panel: HeatmapPanel): void {
  const ratio = devicePixelRatio;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  const context = canvas.getContext("2d");
  if (context === null) return;
  const most = Math.max(1, ...panel.counts.flat());
  const [width, height] = [canvas.width / panel.times.length, canvas.height / panel.counts.length];
  context.fillStyle = getComputedStyle(canvas).color;
  panel.counts.forEach((place, row) => {
    const y = canvas.height - (row + 1) * height;
    place.forEach((count, column) => {
      if (count === 0) return;
      // By the root, so that one slow call among thousands is still seen.
      context.globalAlpha = 0.12 + 0.88 * Math.sqrt(count / most);
      const x = Math.floor(column * width);
      context.fillRect(x, y, Math.ceil((column + 1) * width) - x, height - ratio);
    });
  });
}

interface CrossLook {
  readonly band: string;
  readonly edge: string;
}

/** Marks the column, and the cell if there is one, on a canvas as large as the picture's. */
function paintCross(
  canvas: HTMLCanvasElement,
  picture: HTMLCanvasElement,
  panel: HeatmapPanel,
  at: At | null,
  { band, edge }: CrossLook,
): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { width, height } = picture;
  if (canvas.width === width && canvas.height === height) context.clearRect(0, 0, width, height);
  else [canvas.width, canvas.height] = [width, height];
  if (at === null) return;
  const [wide, high] = [width / panel.times.length, height / panel.counts.length];
  const left = Math.floor(at.column * wide);
  const column = Math.max(2 * devicePixelRatio, Math.ceil((at.column + 1) * wide) - left);
  context.fillStyle = band;
  context.globalAlpha = 0.3;
  context.fillRect(left, 0, column, height);
  if (at.place === null) return;
  context.globalAlpha = 1;
  context.strokeStyle = edge;
  context.lineWidth = 2 * devicePixelRatio;
  context.strokeRect(left, height - (at.place + 1) * high, column, high);
}

interface At {
  readonly column: number;
  /** null where another chart has the crosshair, which says a time and no place. */
  readonly place: number | null;
}

const MOVES: Record<string, readonly [columns: number, places: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

function clamped(value: number, last: number): number {
  return Math.min(last, Math.max(0, value));
}

/** The column of a time: the last that begins no later. */
function columnOf(times: readonly number[], time: number): number | null {
  const found = times.findLastIndex((one) => one <= time);
  return found < 0 ? null : found;
}

/** All calls of each place; apart, so that a crosshair that goes by leaves it alone. */
const Spoken = memo(function Spoken({ title, panel }: HeatmapProps) {
  const reader = useReader();
  const { words, format } = reader;
  const totals = panel.counts.map((place) => place.reduce((sum, count) => sum + count, 0));
  return (
    <div className="unseen">
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{words.value}</th>
            <th scope="col">{words.count}</th>
          </tr>
        </thead>
        <tbody>
          {totals.map((total, place) => (
            <tr key={placeText(place, panel.edges, panel.unit, reader)}>
              <th scope="row">{placeText(place, panel.edges, panel.unit, reader)}</th>
              <td>{format.number(total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

export function Heatmap({ title, panel }: HeatmapProps) {
  const reader = useReader();
  const { words, format } = reader;
  const theme = useTheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const cross = useRef<HTMLCanvasElement>(null);
  const look = useRef<CrossLook>({ band: "", edge: "" });
  const legend = useRef<HTMLParagraphElement>(null);
  const at = useRef<At | null>(null);
  const [said, setSaid] = useState("");
  const draw = useCallback(() => {
    if (cross.current === null || canvas.current === null || legend.current === null) return;
    paintCross(cross.current, canvas.current, panel, at.current, look.current);
    movingText(legend.current)(at.current === null ? reader.words.heatMeaning : told(panel, at.current, reader));
  }, [panel, reader]);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    if (cross.current !== null) {
      // Read once: a style that is asked for with each move would be worked out with each move.
      const { color, outlineColor } = getComputedStyle(cross.current);
      look.current = { band: color, edge: outlineColor };
    }
    const resize = new ResizeObserver(() => paint(element, panel));
    resize.observe(element);
    return () => resize.disconnect();
  }, [panel, theme]);
  useLayoutEffect(draw, [draw, theme]);
  const help = useId();
  const show = useCallback(
    (next: At | null): void => {
      at.current = next;
      frame.ask(canvas, draw);
    },
    [draw],
  );
  // The other charts' crosshair is this one's, too.
  useEffect(
    () =>
      crosshair.follow(canvas, "cells", (time) => {
        const column = time === null ? null : columnOf(panel.times, time);
        show(column === null ? null : { column, place: null });
      }),
    [panel, show],
  );
  useEffect(() => () => frame.forget(canvas), []);
  const point = (next: At | null): void => {
    show(next);
    crosshair.move(canvas, "cells", next === null ? null : (panel.times[next.column] ?? null));
  };
  const move = (event: KeyboardEvent): void => {
    const [columns, places] = MOVES[event.key] ?? [0, 0];
    // With other keys held, it is the browser's: Alt and left go back.
    if ((columns === 0 && places === 0) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [last, top] = [panel.times.length - 1, panel.counts.length - 1];
    const far = event.shiftKey ? 10 : 1;
    const from = at.current;
    const next = {
      column: from === null ? last : clamped(from.column + columns * far, last),
      place: clamped((from?.place ?? 0) + places, top),
    };
    point(next);
    setSaid(told(panel, next, reader));
  };
  const leave = (): void => {
    point(null);
    setSaid("");
  };
  const pass = (event: PointerEvent<HTMLCanvasElement>): void => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - left) / width) * panel.times.length);
    const place = panel.counts.length - 1 - Math.floor(((event.clientY - top) / height) * panel.counts.length);
    point(panel.counts[place]?.[column] === undefined ? null : { column, place });
  };
  const [first, last] = [panel.times[0] ?? 0, panel.times.at(-1) ?? 0];
  const ends = last - first < 2 * DAY_S ? 1 : DAY_S;
  return (
    <div
      className="heat"
      role="figure"
      aria-label={title}
      aria-describedby={help}
      tabIndex={0}
      onKeyDown={move}
      onBlur={leave}
    >
      <div className="heat-plot" aria-hidden="true">
        <ol className="heat-edges">
          {panel.edges
            .map((edge, place) => (
              <li key={edge} style={{ bottom: `${((place + 1) / panel.counts.length) * 100}%` }}>
                {place % 2 === 1 || panel.edges.length < 6 ? format.tick(edge, panel.unit) : ""}
              </li>
            ))}
        </ol>
        <canvas ref={canvas} onPointerMove={pass} onPointerLeave={() => point(null)} />
        <canvas className="heat-cross" ref={cross} />
        <p className="heat-times">
          <span>{format.timeTick(first, ends)}</span>
          <span>{format.timeTick(last, ends)}</span>
        </p>
      </div>
      <p className="heat-legend" aria-hidden="true" ref={legend} />
      <p id={help} className="unseen">
        {words.heatKeys}
      </p>
      {/* What the keys come to is said; what the pointer passes is not. */}
      <p className="unseen" role="status">
        {said}
      </p>
      <Spoken title={title} panel={panel} />
    </div>
  );
}
