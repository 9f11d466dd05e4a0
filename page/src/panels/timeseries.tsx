/** Lines over time with one crosshair for all charts, a legend that reads it, and a table for screen readers. */

import { type KeyboardEvent, type RefObject, useEffect, useId, useLayoutEffect, useRef } from "react";
import type { TimeSeriesPanel } from "../api.ts";
import { type Chart, type ChartData, type ChartMarker, createChart } from "../chart.ts";
import { coloursOf } from "../colours.ts";
import { goTo } from "../address.ts";
import { useMarkers } from "../markers.tsx";
import { movingText } from "../moving-text.ts";
import { useTheme } from "../preferences.ts";
import { type Reader, useReader } from "../reader.ts";

/** A screen reader gets so many points of a line: the shape, in a time one can listen to. */
const SPOKEN_POINTS = 12;

interface TimeSeriesProps {
  readonly title: string;
  readonly panel: TimeSeriesPanel;
  readonly from: number;
  readonly to: number;
  /** Whether a drag over it leaves the time that is looked at as it is. */
  readonly still?: boolean;
}

export function hasValue(panel: TimeSeriesPanel): boolean {
  return panel.series.some((series) => series.values.some((value) => value !== null));
}

interface LegendProps {
  readonly panel: TimeSeriesPanel;
  /** Is given what moves the reading: the crosshair goes by with each frame, and nothing else changes then. */
  readonly follow: RefObject<(at: number | null) => void>;
}

/** The texts of the legend where the crosshair is: the time, then each line's value and what it was before. */
export function readings(panel: TimeSeriesPanel, at: number | null, { words, format }: Reader): string[] {
  const time = at === null ? undefined : panel.times[at];
  const told = (value: number | null | undefined): string =>
    value == null ? "–" : format.value(value, panel.unit);
  return [
    time === undefined ? words.latest : format.moment(time),
    ...panel.series.flatMap((series) => {
      // Without a crosshair a line's last value is read, and what it was before at the same place.
      const place = at ?? series.values.findLastIndex((value) => value !== null);
      const before = series.before ? [`${words.before} ${told(series.before[place])}`] : [];
      return [told(series.values[place]), ...before];
    }),
  ];
}

function Legend({ panel, follow }: LegendProps) {
  const reader = useReader();
  const { words, text } = reader;
  const legend = useRef<HTMLDivElement>(null);
  const at = useRef<number | null>(null);
  useLayoutEffect(() => {
    const places = [...(legend.current?.querySelectorAll("[data-reading]") ?? [])].map(movingText);
    follow.current = (next) => {
      at.current = next;
      readings(panel, next, reader).forEach((reading, index) => places[index]?.(reading));
    };
    follow.current(at.current);
  }, [panel, reader, follow]);
  const colours = coloursOf(panel.series);
  return (
    <div className="legend" aria-hidden="true" ref={legend}>
      <span className="legend-time" data-reading="" />
      {panel.series.map((series, index) => (
        <span key={text(series.label)} className="legend-line" data-colour={colours[index]}>
          <span className="swatch" />
          <span className="legend-label">{text(series.label) || words.unknown}</span>
          <span className="legend-value" data-reading="" />
          {series.before && <span className="legend-before" data-reading="" />}
        </span>
      ))}
    </div>
  );
}

function Spoken({ title, panel }: { title: string; panel: TimeSeriesPanel }) {
  const { words, format, text } = useReader();
  const every = Math.max(1, Math.ceil(panel.times.length / SPOKEN_POINTS));
  const rows = panel.times.map((_, at) => at).filter((at) => at % every === 0);
  return (
    <div className="unseen">
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{words.time}</th>
            {panel.series.map((series) => (
              <th key={text(series.label)} scope="col">
                {text(series.label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((at) => (
            <tr key={at}>
              <th scope="row">{format.moment(panel.times[at] ?? 0)}</th>
              {panel.series.map((series) => {
                const value = series.values[at] ?? null;
                return (
                  <td key={text(series.label)}>
                    {value === null ? words.no_data : format.value(value, panel.unit)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Looks at the stretch of time that was dragged over; "back" undoes it. */
function zoom(from: number, to: number): void {
  goTo({ from: String(from), to: String(Math.max(to, from + SHORTEST_S)), window: null });
}

const NO_MARKERS: readonly ChartMarker[] = [];
const SHORTEST_S = 10;
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

export function TimeSeries({ title, panel, from, to, still = false }: TimeSeriesProps) {
  const { words, format } = useReader();
  const theme = useTheme();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const follow = useRef<(at: number | null) => void>(() => undefined);
  const help = useId();
  const markers = useMarkers();
  const colours = coloursOf(panel.series).join(" ");
  const { unit, draw = "line" } = panel;
  const isCompared = panel.series.some((series) => series.before);
  const data: ChartData = {
    from,
    to,
    times: panel.times,
    values: panel.series.map((series) => series.values),
    before: isCompared
      ? panel.series.map((series) => series.before ?? panel.times.map(() => null))
      : [],
    markers: draw === "columns" ? NO_MARKERS : markers,
    bound: panel.bound ?? null,
    bands: panel.bands ?? [],
  };
  const newest = useRef(data);
  newest.current = data;

  // Lines of other colours, or another unit, language or theme: the chart is made again.
  useEffect(() => {
    if (host.current === null) return;
    const made = createChart(
      host.current,
      {
        unit,
        colours: colours === "" ? [] : colours.split(" ").map((colour) => `--line-${colour}`),
        valueTick: (value) => format.tick(value, unit),
        timeTick: format.timeTick,
        draw,
      },
      newest.current,
      (at) => follow.current(at),
      still ? () => undefined : zoom,
    );
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, [colours, isCompared, unit, draw, format, theme, still]);

  useEffect(() => {
    chart.current?.show(newest.current);
  }, [panel, from, to, markers]);

  const move = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    // With other keys held, it is the browser's: Alt and left go back.
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    chart.current?.step(event.shiftKey ? step * 10 : step);
  };

  return (
    <div
      className="chart"
      role="figure"
      aria-label={title}
      aria-describedby={help}
      tabIndex={0}
      onKeyDown={move}
      onBlur={() => chart.current?.leave()}
    >
      <div className="plot" ref={host} aria-hidden="true" />
      <Legend panel={panel} follow={follow} />
      <p id={help} className="unseen">
        {words.chartKeys}
      </p>
      <Spoken title={title} panel={panel} />
    </div>
  );
}
