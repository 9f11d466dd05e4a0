/** How rows spread over a range of values, over time: a picture of cells, and a table for screen readers. */

import { type PointerEvent, useEffect, useRef, useState } from "react";
import type { HeatmapPanel, Unit } from "../api.ts";
import { useTheme } from "../preferences.ts";
import { type Reader, useReader } from "../reader.ts";

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

interface At {
  readonly column: number;
  readonly place: number;
}

export function Heatmap({ title, panel }: HeatmapProps) {
  const reader = useReader();
  const { words, format } = reader;
  const theme = useTheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<At | null>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const resize = new ResizeObserver(() => paint(element, panel));
    resize.observe(element);
    return () => resize.disconnect();
  }, [panel, theme]);
  const point = (event: PointerEvent<HTMLCanvasElement>): void => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - left) / width) * panel.times.length);
    const place = panel.counts.length - 1 - Math.floor(((event.clientY - top) / height) * panel.counts.length);
    setAt(panel.counts[place]?.[column] === undefined ? null : { column, place });
  };
  const totals = panel.counts.map((place) => place.reduce((sum, count) => sum + count, 0));
  const [first, last] = [panel.times[0] ?? 0, panel.times.at(-1) ?? 0];
  return (
    <div className="heat" role="figure" aria-label={title}>
      <div className="heat-plot" aria-hidden="true">
        <ol className="heat-edges">
          {panel.edges
            .map((edge, place) => (
              <li key={edge} style={{ bottom: `${((place + 1) / panel.counts.length) * 100}%` }}>
                {place % 2 === 1 || panel.edges.length < 6 ? format.tick(edge, panel.unit) : ""}
              </li>
            ))}
        </ol>
        <canvas ref={canvas} onPointerMove={point} onPointerLeave={() => setAt(null)} />
        <p className="heat-times">
          <span>{format.timeTick(first, 1)}</span>
          <span>{format.timeTick(last, 1)}</span>
        </p>
      </div>
      <p className="heat-legend" aria-hidden="true">
        {at === null
          ? words.heatMeaning
          : `${format.moment(panel.times[at.column] ?? 0)} · ${placeText(at.place, panel.edges, panel.unit, reader)}: ${format.number(panel.counts[at.place]?.[at.column] ?? 0)}`}
      </p>
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
    </div>
  );
}
