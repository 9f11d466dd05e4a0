/** Lines over time on a canvas: the one place that knows uPlot. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Unit } from "./api.ts";
import { crosshair } from "./crosshair.ts";
import { frame } from "./frame.ts";
import { createPointer } from "./pointer.ts";
import { valueRange } from "./range.ts";

export interface ChartData {
  readonly from: number;
  readonly to: number;
  readonly times: readonly number[];
  /** One list per line, null where there is no data. */
  readonly values: readonly (readonly (number | null)[])[];
  /** The same lines over the time before, drawn behind them; empty where they are not compared. */
  readonly before: readonly (readonly (number | null)[])[];
  readonly markers: readonly ChartMarker[];
  /** What the lines are held to; drawn across, and always in sight. */
  readonly bound: number | null;
  /** Stretches of time that are shaded. */
  readonly bands: readonly (readonly [number, number])[];
}

/** A moment that is marked in every chart, such as a release's first call. */
export interface ChartMarker {
  readonly time: number;
  readonly label: string;
}

export interface ChartLook {
  readonly unit: Unit;
  /** One CSS colour variable per line. */
  readonly colours: readonly string[];
  readonly valueTick: (value: number) => string;
  readonly timeTick: (unix: number, step: number) => string;
  /** How a line is drawn; columns stand for whole steps, such as days. */
  readonly draw: "line" | "columns";
}

export interface Chart {
  readonly show: (data: ChartData) => void;
  /** Moves the crosshair of every chart by so many points; the first move starts at the newest. */
  readonly step: (points: number) => void;
  readonly leave: () => void;
  readonly destroy: () => void;
}

/** Charts with this key share one crosshair. */
const CROSSHAIR = "kansoku";

interface CursorPlace {
  readonly left: number;
  readonly top: number;
}

/** A drag over fewer pixels is a click that slipped. */
const NARROWEST = 6;

const AXIS_WIDTH = 58;
const AXIS_HEIGHT = 26;
/** Between the plot and the chart's right edge. */
const EDGE = 6;

/** Things that are counted have no half. */
const WHOLE_STEPS = Array.from({ length: 15 }, (_, power) => 10 ** power).flatMap((ten) => [
  ten,
  2 * ten,
  5 * ten,
]);

function isWhole(unit: Unit): boolean {
  return unit === "calls" || unit === "count" || unit === "tokens";
}

/** A canvas takes no CSS variable, so the host's own style resolves it. */
function resolve(host: HTMLElement, colour: string): string {
  host.style.color = `var(${colour})`;
  const resolved = getComputedStyle(host).color;
  host.style.color = "";
  return resolved;
}

/** Points between two gaps, which no line would show. */
function lonely(u: uPlot, series: number): number[] {
  const values = u.data[series] ?? [];
  const empty = (at: number): boolean => (values[at] ?? null) === null;
  return Array.from(values.keys()).filter((at) => !empty(at) && empty(at - 1) && empty(at + 1));
}

function line(stroke: string, alone: boolean): uPlot.Series {
  const tint = faded(stroke, 0.1);
  return {
    stroke,
    width: 1.6,
    spanGaps: false,
    // One line may be filled; several would hide each other, and a fill from above 0 would lie.
    fill: (u) => (alone && u.scales["y"]?.min === 0 ? tint : "transparent"),
    points: { show: true, size: 4, width: 0, fill: stroke, filter: lonely },
  };
}

/** The line of the time before: the same colour, paler and dashed. */
function ghost(stroke: string): uPlot.Series {
  return {
    stroke: faded(stroke, 0.55),
    width: 1.2,
    dash: [4, 4],
    spanGaps: false,
    points: { show: false },
  };
}

function faded(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}

function columns(stroke: string): uPlot.Series {
  const draw = uPlot.paths.bars?.({ size: [0.7, 48], align: 1 });
  return {
    stroke,
    fill: faded(stroke, 0.55),
    width: 1,
    points: { show: false },
    ...(draw ? { paths: draw } : {}),
  };
}

/** A label needs so much room to the next marker's line, in pixels. */
const LABEL_ROOM = 64;

/** The time under the crosshair; null where it is not on the plot. */
function timeUnder(u: uPlot): number | null {
  const { left = -1, idx } = u.cursor;
  return left < 0 || idx == null ? null : (u.data[0][idx] ?? null);
}

/** Draws the markers over the plot, each with its label where it has room. */
function drawMarkers(u: uPlot, markers: readonly ChartMarker[], colour: string): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = ratio;
  ctx.font = `${10 * ratio}px ${getComputedStyle(u.root).fontFamily}`;
  let free = bbox.left;
  for (const { time, label } of markers) {
    const x = Math.round(u.valToPos(time, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (x < free) continue;
    const fits = x + LABEL_ROOM * ratio < bbox.left + bbox.width;
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(label, x + (fits ? 4 : -4) * ratio, bbox.top + 9 * ratio);
    free = x + LABEL_ROOM * ratio;
  }
  ctx.restore();
}

/** Shades the stretches behind the lines; one that is too short to be seen gets two pixels. */
function drawBands(u: uPlot, bands: ChartData["bands"], colour: string): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.fillStyle = faded(colour, 0.22);
  for (const [from, to] of bands) {
    const left = Math.max(bbox.left, u.valToPos(from, "x", true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(to, "x", true));
    const width = Math.max(2 * devicePixelRatio, right - left);
    if (left <= bbox.left + bbox.width && right >= bbox.left) ctx.fillRect(left, bbox.top, width, bbox.height);
  }
  ctx.restore();
}

/** Draws what the lines are held to across them. */
function drawBound(u: uPlot, bound: number | null, colour: string): void {
  if (bound === null) return;
  const { ctx, bbox } = u;
  const y = u.valToPos(bound, "y", true);
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.4 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** The values with the bound among them. */
function within(bound: number | null, low: number | null, high: number | null): [number | null, number | null] {
  if (bound === null) return [low, high];
  return [Math.min(low ?? bound, bound), Math.max(high ?? bound, bound)];
}

const ruler = document.createElement("canvas").getContext("2d");

/** Whether a label below that time would stand partly outside the chart. */
function isCut(u: uPlot, unix: number, label: string, font: string): boolean {
  const { min = 0, max = 0 } = u.scales["x"] ?? {};
  const toEdge = EDGE + ((max - unix) / (max - min || 1)) * (u.width - AXIS_WIDTH - EDGE);
  if (ruler === null) return false;
  ruler.font = font;
  return ruler.measureText(label).width / 2 > toEdge;
}

function axes(host: HTMLElement, look: ChartLook): uPlot.Axis[] {
  const shared = {
    stroke: resolve(host, "--muted"),
    font: `11px ${getComputedStyle(host).fontFamily}`,
    grid: { stroke: resolve(host, "--grid"), width: 1 },
    ticks: { show: false },
  };
  return [
    {
      ...shared,
      grid: { show: false },
      size: AXIS_HEIGHT,
      space: 64,
      gap: 6,
      values: (u, splits, __, ___, step) =>
        splits.map((unix) => {
          const label = look.timeTick(unix, step);
          return isCut(u, unix, label, shared.font) ? "" : label;
        }),
    },
    {
      ...shared,
      size: AXIS_WIDTH,
      space: 34,
      gap: 6,
      ...(isWhole(look.unit) ? { incrs: WHOLE_STEPS } : {}),
      values: (_, splits) => splits.map((value) => look.valueTick(value)),
    },
  ];
}

/** `onCrosshair` gets, at most once a frame, the index of the point under the crosshair, or null when it is gone. */
export function createChart(
  host: HTMLElement,
  look: ChartLook,
  first: ChartData,
  onCrosshair: (index: number | null) => void,
  onZoom: (from: number, to: number) => void,
): Chart {
  let shown = first;
  let leads = false;
  const aligned = (): uPlot.AlignedData =>
    [shown.times, ...shown.values, ...shown.before] as unknown as uPlot.AlignedData;
  const accent = resolve(host, "--accent");
  const alarm = resolve(host, "--bad");
  const strokes = look.colours.map((colour) => resolve(host, colour));
  let inView = true;
  const tell = (u: uPlot): void =>
    frame.ask(pointer, () => {
      pointer.draw(u);
      onCrosshair(u.cursor.idx ?? null);
    });
  const pointer = createPointer(resolve(host, "--muted"), [
    ...strokes,
    ...first.before.map((_, at) => faded(strokes[at] ?? "", 0.55)),
  ]);
  const plot = new uPlot(
    {
      width: Math.max(host.clientWidth, 120),
      height: Math.max(host.clientHeight, 80),
      padding: [8, EDGE, 0, 0],
      legend: { show: false },
      cursor: {
        drag: { x: true, y: false, setScale: false },
        // Drawn by the pointer: moved elements would have the browser sort all layers of the page anew.
        x: false,
        y: false,
        points: { show: false },
        sync: { key: CROSSHAIR },
      },
      scales: {
        x: { time: true, range: () => [shown.from, shown.to] },
        y: {
          range: (_, low, high) =>
            [...valueRange(look.unit, ...within(shown.bound, low, high))] as [number, number],
        },
      },
      axes: axes(host, look),
      series: [
        {},
        ...strokes.map((stroke) =>
          look.draw === "columns" ? columns(stroke) : line(stroke, strokes.length === 1),
        ),
        ...first.before.map((_, at) => ghost(strokes[at] ?? "")),
      ],
      hooks: {
        ready: [(u) => u.over.append(pointer.canvas)],
        drawAxes: [(u) => drawBands(u, shown.bands, alarm)],
        draw: [(u) => drawBound(u, shown.bound, alarm), (u) => drawMarkers(u, shown.markers, accent)],
        setSelect: [
          (u) => {
            const { left, width } = u.select;
            if (width < NARROWEST) return;
            const [from, to] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            onZoom(Math.floor(from), Math.ceil(to));
          },
        ],
        setCursor: [
          (u) => {
            if (inView) tell(u);
            // Of all charts that uPlot moves along, the one under the pointer or the keys tells the rest.
            if (leads) crosshair.move(plot, "lines", timeUnder(u));
          },
        ],
      },
    },
    aligned(),
    host,
  );
  const resize = new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientHeight > 0) {
      plot.setSize({ width: host.clientWidth, height: host.clientHeight });
    }
  });
  resize.observe(host);
  // Nobody reads what is scrolled away: it is told where the crosshair is when it comes back.
  const watch = new IntersectionObserver((entries) => {
    const isNow = entries.at(-1)?.isIntersecting ?? true;
    if (isNow && !inView) tell(plot);
    inView = isNow;
  });
  watch.observe(host);

  // uPlot's types leave out the third argument, which tells the other charts.
  const setCursor = plot.setCursor as (at: CursorPlace, fire: boolean, tell: boolean) => void;
  const moveTo = (left: number, top: number): void => setCursor({ left, top }, true, true);

  const enter = (): void => void (leads = true);
  const exit = (): void => {
    leads = false;
    crosshair.move(plot, "lines", null);
  };
  plot.over.addEventListener("pointerenter", enter);
  plot.over.addEventListener("pointerleave", exit);
  const unfollow = crosshair.follow(plot, "lines", (time) => {
    if (time === null) setCursor({ left: -10, top: -10 }, true, false);
    else setCursor({ left: plot.valToPos(time, "x"), top: 1 }, true, false);
  });

  return {
    show: (data) => {
      shown = data;
      plot.setData(aligned());
    },
    step: (points) => {
      const last = shown.times.length - 1;
      if (last < 0) return;
      const at = plot.cursor.idx ?? null;
      const next = at === null ? last : Math.min(last, Math.max(0, at + points));
      leads = true;
      moveTo(plot.valToPos(shown.times[next] ?? 0, "x"), 1);
      leads = false;
    },
    leave: () => {
      leads = true;
      moveTo(-10, -10);
      leads = false;
    },
    destroy: () => {
      unfollow();
      resize.disconnect();
      watch.disconnect();
      frame.forget(pointer);
      plot.destroy();
    },
  };
}
