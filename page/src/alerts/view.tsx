/** The alerts: what fires and why, what changed, every alert that is watched for, and silences. */

import { useState } from "react";
import { FILTERS, type FilterName } from "../address.ts";
import { AlarmGlyph } from "../glyph.tsx";
import { Hint } from "../hint.tsx";
import { Link } from "../link.tsx";
import { type Reader, useReader } from "../reader.ts";
import { useNow, useStandingError } from "../refresh.ts";
import { Loading, StaleNotice, Unavailable } from "../trouble.tsx";
import type { ViewProps } from "../views.tsx";
import { type Alarm, type Alert, type Alerts, type Matcher, useAlerts, useChanges } from "./api.ts";
import { OverThePast } from "./past.tsx";
import { SilenceDialog, Silences } from "./silences.tsx";

/** The fields of labels by the filters that choose them. */
const FILTER_OF: Readonly<Record<string, FilterName>> = {
  ...Object.fromEntries(FILTERS.map((name) => [name, name])),
  response_model: "model",
  request_model: "model",
  user_id: "user",
};

export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}

function valueText(value: number | null, alert: Alert | undefined, { format }: Reader): string {
  return value === null ? "–" : format.value(value, alert?.unit ?? "count");
}

/** The filters that show what an alarm is about. */
function aboutOf(labels: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(labels).flatMap(([label, value]) => {
    const filter = FILTER_OF[label];
    return filter === undefined ? [] : [[filter, value] as const];
  });
  return Object.fromEntries(pairs);
}

interface ActiveProps {
  readonly alarm: Alarm;
  readonly alert: Alert | undefined;
  readonly onSilence: (matchers: readonly Matcher[]) => void;
}

function Active({ alarm, alert, onSilence }: ActiveProps) {
  const reader = useReader();
  const { words, format, text } = reader;
  const now = useNow();
  const labels = Object.entries(alarm.labels);
  const since = alarm.resolved_at ?? alarm.fired_at ?? alarm.active_since;
  const matchers = [
    { label: "alertname", value: alarm.name },
    ...labels.map(([label, value]) => ({ label, value })),
  ];
  return (
    <li className="alarm" data-state={alarm.state} data-severity={alert?.severity}>
      <div className="alarm-head">
        <span className="pill">
          <AlarmGlyph state={alarm.state} />
          {words.alarmStates[alarm.state]}
        </span>
        <h2>{alert === undefined ? alarm.name : text(alert.title)}</h2>
        {labels.length > 0 && <code>{labelsText(alarm.labels)}</code>}
        <span className="alarm-since">{words.since(format.moment(since), format.ago(now - since))}</span>
      </div>
      <p className="alarm-value">
        <b>{valueText(alarm.value, alert, reader)}</b>
        {alert?.bound != null && (
          <span className="quiet">
            {" "}
            {words.boundOf(format.value(alert.bound, alert.unit))}
          </span>
        )}
        {alarm.budget_left !== null && (
          <span className="quiet"> · {words.budgetLeft(format.share(Math.max(0, alarm.budget_left)))}</span>
        )}
      </p>
      {alert !== undefined && <p>{text(alert.why)}</p>}
      {alarm.causes.length > 0 && (
        <ul className="causes" aria-label={words.causes}>
          {alarm.causes.map((cause) => (
            <li key={`${cause.field} ${cause.value}`}>
              <b>{format.share(cause.share)}</b> {cause.field}={cause.value || words.unknown}
            </li>
          ))}
        </ul>
      )}
      {alert !== undefined && alarm.state !== "resolved" && (
        <p className="todo">
          <b>{words.todo}</b> {text(alert.todo)}
        </p>
      )}
      {alarm.silenced_by.length > 0 && <p className="quiet">{words.isSilenced}</p>}
      {alarm.inhibited_by.length > 0 && (
        <p className="quiet">{words.isInhibited(alarm.inhibited_by.join(", "))}</p>
      )}
      <p className="actions">
        <Link to="" changes={aboutOf(alarm.labels)}>
          {words.showCalls}
        </Link>
        {alarm.state !== "resolved" && alarm.silenced_by.length === 0 && (
          <button type="button" onClick={() => onSilence(matchers)}>
            {words.silenceThis}
          </button>
        )}
      </p>
    </li>
  );
}

function Watch({ alerts }: { alerts: Alerts }) {
  const { words, format } = useReader();
  const now = useNow();
  const { evaluated_at: at, every_s: every } = alerts;
  const late = at !== null && now - at > 4 * every;
  const troubles = [
    alerts.leads ? null : words.notLeading,
    at === null ? words.neverEvaluated : late ? words.evaluationLate : null,
    alerts.counts.failures > 0 ? words.evaluationsFailed(format.number(alerts.counts.failures)) : null,
    alerts.counts.unsaved > 0 ? words.stateUnsaved : null,
    alerts.settings_error === "" ? null : words.settingsRefused(alerts.settings_error),
    alerts.set_aside === "" ? null : words.stateSetAside(alerts.set_aside),
  ].filter((trouble) => trouble !== null);
  return (
    <>
      {at !== null && (
        <p className="quiet">{words.evaluated(format.clock(at), format.seconds(every))}</p>
      )}
      {troubles.map((trouble) => (
        <p key={trouble} className="slo-warning" role="note">
          {trouble}
        </p>
      ))}
    </>
  );
}

function Every({ alerts }: { alerts: readonly Alert[] }) {
  const { words, format, text } = useReader();
  return (
    <section aria-labelledby="every">
      <div className="section-head">
        <h2 id="every">{words.everyAlert}</h2>
        <p>{format.number(alerts.length)}</p>
      </div>
      <div className="scroll card" tabIndex={0} role="group" aria-labelledby="every">
        <table className="rows named" aria-labelledby="every">
          <thead>
            <tr>
              <th scope="col">{words.state}</th>
              <th scope="col">{words.alert}</th>
              <th scope="col">{words.severity}</th>
              <th scope="col" className="numeric">
                {words.bound}
              </th>
              <th scope="col" className="numeric">
                {words.waits}
              </th>
              <th scope="col">{words.by}</th>
              <th scope="col">{words.evaluation}</th>
            </tr>
          </thead>
          <tbody>
            {alerts.map((alert) => (
              <tr key={alert.name} data-state={alert.state} data-severity={alert.severity}>
                <td>
                  <span className="pill">
                    <AlarmGlyph state={alert.state} />
                    {words.alarmStates[alert.state]}
                  </span>
                </td>
                <th scope="row">
                  {text(alert.title)} <Hint title={text(alert.title)} text={text(alert.why)} />
                  <code>{alert.name}</code>
                </th>
                <td>{words.severities[alert.severity]}</td>
                <td className="numeric">
                  {alert.bound === null ? "–" : format.value(alert.bound, alert.unit)}
                </td>
                <td className="numeric">{format.seconds(alert.for_s)}</td>
                <td>{alert.by ?? "–"}</td>
                <td title={alert.error || undefined}>
                  {words.healths[alert.health]}
                  {alert.error !== "" && <span className="quiet"> {alert.error}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Changes({ window, live, alerts }: { window: string; live: boolean; alerts: Alerts }) {
  const reader = useReader();
  const { words, format, text } = reader;
  const query = useChanges(window, live);
  const found = query.data;
  const error = useStandingError(query);
  const byName = new Map(alerts.alerts.map((alert) => [alert.name, alert]));
  return (
    <section aria-labelledby="changes">
      <div className="section-head">
        <h2 id="changes">{words.changes}</h2>
        <p>{format.window(window)}</p>
      </div>
      <div className="scroll card" tabIndex={0} role="group" aria-labelledby="changes">
        {found === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <p className="none" role="alert">
              {error.message}
            </p>
          )
        ) : found.changes.length === 0 ? (
          <p className="absent none">{words.noChanges}</p>
        ) : (
          <table className="rows named" aria-labelledby="changes">
            <thead>
              <tr>
                <th scope="col">{words.time}</th>
                <th scope="col">{words.change}</th>
                <th scope="col">{words.alert}</th>
                <th scope="col">{words.labels}</th>
                <th scope="col" className="numeric">
                  {words.value}
                </th>
              </tr>
            </thead>
            <tbody>
              {found.changes.map((change) => (
                <tr
                  key={`${change.at} ${change.fingerprint} ${change.state}`}
                  data-state={change.state}
                  data-severity={change.severity}
                >
                  <td>{format.moment(change.at)}</td>
                  <td>
                    <span className="pill">
                      <AlarmGlyph state={change.state} />
                      {words.alarmStates[change.state]}
                    </span>
                  </td>
                  <th scope="row">{text(change.title)}</th>
                  <td>{labelsText(change.labels) || "–"}</td>
                  <td className="numeric">{valueText(change.value, byName.get(change.name), reader)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {found?.truncated === true && <p className="quiet">{words.onlyNewest}</p>}
    </section>
  );
}

export default function AlertsView({ filter, live }: ViewProps) {
  const { words } = useReader();
  const query = useAlerts(live);
  const error = useStandingError(query);
  const [silencing, setSilencing] = useState<readonly Matcher[] | null>(null);
  const { data } = query;
  if (data === undefined) {
    return error === null ? (
      <Loading />
    ) : (
      <Unavailable error={error} retry={() => void query.refetch()} />
    );
  }
  const byName = new Map(data.alerts.map((alert) => [alert.name, alert]));
  // What always fires, to show that alerts are evaluated, is no trouble.
  const active = data.active.filter((alarm) => byName.get(alarm.name)?.severity !== "info");
  return (
    <div className="alerts" data-settled="true">
      <div className="section-head">
        <h1>{words.alerts}</h1>
        <Watch alerts={data} />
      </div>
      {active.length === 0 ? (
        <p className="card none" data-state="ok">
          <AlarmGlyph state="inactive" />
          {words.noActive}
        </p>
      ) : (
        <ul className="alarms" aria-label={words.activeAlarms}>
          {active.map((alarm) => (
            <Active
              key={alarm.fingerprint}
              alarm={alarm}
              alert={byName.get(alarm.name)}
              onSilence={setSilencing}
            />
          ))}
        </ul>
      )}
      <Silences live={live} onMake={() => setSilencing([{ label: "alertname", value: "" }])} />
      <Changes window={filter.window} live={live} alerts={data} />
      <OverThePast alerts={data.alerts} />
      <Every alerts={data.alerts} />
      {silencing !== null && (
        <SilenceDialog
          matchers={silencing}
          names={data.alerts.map((alert) => alert.name)}
          onClose={() => setSilencing(null)}
        />
      )}
      {error !== null && <StaleNotice error={error} updated={query.dataUpdatedAt} />}
    </div>
  );
}
