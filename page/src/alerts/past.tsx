/** An alert run over the past: its figure and bound, and when it would have fired. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { goTo, useParameter } from "../address.ts";
import { get, type TimeSeriesPanel, type Unit } from "../api.ts";
import { TimeSeries } from "../panels/timeseries.tsx";
import { useReader } from "../reader.ts";
import { useStandingError } from "../refresh.ts";
import { Loading, Unavailable } from "../trouble.tsx";
import { Working } from "../working.tsx";
import type { Alert } from "./api.ts";
import { pastWords } from "./past-words.ts";
import { firedFor } from "./stretches.ts";

interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly active_since: number;
  readonly fired_at: number;
  readonly resolved_at: number | null;
  readonly value: number | null;
}

interface Figures {
  readonly from: number;
  readonly step_s: number;
  /** Whether they are multiples of the bound that each is held to. */
  readonly relative: boolean;
  readonly bound: number | null;
  readonly sign: string | null;
  readonly lines: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly values: readonly (number | null)[];
  }[];
  readonly left_out: number;
}

export interface Past {
  readonly from: number;
  readonly to: number;
  readonly alerts: readonly {
    readonly unit: Unit;
    readonly firings: readonly Firing[];
    readonly truncated: boolean;
    readonly no_data: number;
    readonly evaluations: number;
    readonly chart: Figures | null;
  }[];
}

const SPANS = ["24h", "7d", "30d"] as const;
const DEFAULT_SPAN = "7d";

const pastKey = (name: string, span: string) => ["past", name, span] as const;

/** It reads much and changes little: it is asked once, until another is chosen. */
function usePast(name: string, span: string) {
  return useQuery({
    queryKey: pastKey(name, span),
    queryFn: ({ signal }) =>
      get<Past>(`api/alerts/backtest?${new URLSearchParams({ name, window: span }).toString()}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: () => undefined,
  });
}

function named(labels: Readonly<Record<string, string>>): string {
  return Object.values(labels).join(" · ");
}

function Firings({ past, title }: { past: Past; title: string }) {
  const { words, language, format } = useReader();
  const own = pastWords[language];
  const alert = past.alerts[0];
  if (alert === undefined || alert.firings.length === 0) return null;
  return (
    <div className="scroll card" tabIndex={0} role="group" aria-label={`${own.listed}: ${title}`}>
      <table className="rows" aria-label={`${own.listed}: ${title}`}>
        <thead>
          <tr>
            <th scope="col">{own.begins}</th>
            <th scope="col">{own.ends}</th>
            <th scope="col" className="numeric">{own.length}</th>
            <th scope="col">{own.of}</th>
            <th scope="col" className="numeric">{own.figure}</th>
          </tr>
        </thead>
        <tbody>
          {alert.firings.toReversed().map((one) => (
            <tr key={`${one.fired_at} ${named(one.labels)}`}>
              <th scope="row">{format.moment(one.fired_at)}</th>
              <td>{one.resolved_at === null ? own.still : format.moment(one.resolved_at)}</td>
              <td className="numeric">{format.seconds((one.resolved_at ?? past.to) - one.fired_at)}</td>
              <td>{named(one.labels) || "–"}</td>
              <td className="numeric">
                {one.value === null ? words.no_data : format.value(one.value, alert.unit)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {alert.truncated && <p className="quiet">{own.onlyNewest}</p>}
    </div>
  );
}

function Drawn({ past, title }: { past: Past; title: string }) {
  const { language, format } = useReader();
  const own = pastWords[language];
  const alert = past.alerts[0];
  const chart = alert?.chart ?? null;
  const panel = useMemo((): TimeSeriesPanel | null => {
    const first = chart?.lines[0];
    if (alert === undefined || chart === null || first === undefined) return null;
    return {
      id: "past",
      kind: "timeseries",
      unit: chart.relative ? "count" : alert.unit,
      times: first.values.map((_, at) => chart.from + at * chart.step_s),
      series: chart.lines.map(({ labels, values }) => ({
        label: { en: named(labels) || title, ja: named(labels) || title },
        values,
      })),
      bound: chart.relative ? 1 : chart.bound,
      bands: alert.firings.map((one) => [one.fired_at, one.resolved_at ?? past.to] as const),
    };
  }, [alert, chart, past.to, title]);
  if (alert === undefined) return null;
  const fired = alert.firings.length;
  return (
    <>
      <p className="past-told">
        <strong>
          {fired === 0
            ? own.quiet
            : own.fired(format.number(fired), format.seconds(firedFor(alert.firings, past.to)))}
        </strong>
        {alert.no_data > 0 && (
          <span className="quiet">
            {" "}
            {own.noFigure(format.number(alert.no_data), format.number(alert.evaluations))}
          </span>
        )}
      </p>
      {panel !== null && chart !== null && (
        <>
          <div className="card past-chart">
            <TimeSeries title={title} panel={panel} from={past.from} to={past.to} still />
          </div>
          <p className="quiet">
            {chart.bound === null || chart.sign === null
              ? own.unbound
              : own.bound(chart.sign, format.value(chart.bound, alert.unit))}{" "}
            {fired === 0 ? own.unshaded : own.shaded}
            {chart.relative && ` ${own.relative}`}
            {chart.left_out > 0 && ` ${own.leftOut(format.number(chart.left_out))}`}
          </p>
        </>
      )}
    </>
  );
}

function Found({ name, span, title }: { name: string; span: string; title: string }) {
  const query = usePast(name, span);
  const error = useStandingError(query);
  if (query.data === undefined) {
    return error === null ? (
      <Loading>
        <Working query={query} queryKey={pastKey(name, span)} />
      </Loading>
    ) : (
      <Unavailable error={error} retry={() => void query.refetch()} />
    );
  }
  return (
    <>
      <Drawn past={query.data} title={title} />
      <Firings past={query.data} title={title} />
    </>
  );
}

export function OverThePast({ alerts }: { alerts: readonly Alert[] }) {
  const { language, text, format } = useReader();
  const own = pastWords[language];
  const name = useParameter("alert");
  const span = useParameter("past") ?? DEFAULT_SPAN;
  const chosen = alerts.find((alert) => alert.name === name);
  return (
    <section className="past" aria-labelledby="past">
      <div className="section-head">
        <h2 id="past">{own.title}</h2>
        <p>{own.lead}</p>
      </div>
      <div className="past-choice">
        <label>
          {own.alert}
          <select value={chosen?.name ?? ""} onChange={(event) => goTo({ alert: event.target.value || null })}>
            <option value="">{own.choose}</option>
            {alerts.map((alert) => (
              <option key={alert.name} value={alert.name}>
                {text(alert.title)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {own.span}
          <select value={span} onChange={(event) => goTo({ past: event.target.value })}>
            {SPANS.map((one) => (
              <option key={one} value={one}>
                {format.window(one)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {chosen !== undefined && <Found name={chosen.name} span={span} title={text(chosen.title)} />}
    </section>
  );
}
