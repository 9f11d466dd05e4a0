/** The objectives: what is left of each error budget, how fast it goes, and how each day left it. */

import type { MonthCost, TimeSeriesPanel } from "../api.ts";
import { Hint } from "../hint.tsx";
import { Spending } from "../panels/month.tsx";
import { TimeSeries } from "../panels/timeseries.tsx";
import { type Reader, useReader } from "../reader.ts";
import { useStandingError } from "../refresh.ts";
import { Loading, StaleNotice, Unavailable } from "../trouble.tsx";
import type { ViewProps } from "../views.tsx";
import { type Burn, type Slo, useSloHistory, useSlos } from "./api.ts";
import { BudgetGlyph } from "../glyph.tsx";

const DAY_S = 86_400;

/** The share of the budget that is left, as a bar; what is overspent has none. */
function Left({ share }: { share: number | null }) {
  const width = Math.min(1, Math.max(0, share ?? 0)) * 100;
  return (
    <div className="budget-bar" aria-hidden="true">
      <span style={{ width: `${width.toFixed(1)}%` }} />
    </div>
  );
}

function leftText(share: number | null, { words, format }: Reader): string {
  if (share === null) return words.no_data;
  return share < 0 ? words.overspent(format.share(-share)) : words.budgetLeft(format.share(share));
}

/** How long the budget lasts at this rate; without events there is no rate. */
function lastsText({ eligible, lasts_s: lasts }: Slo, { words, format }: Reader): string {
  if (eligible === 0) return "–";
  return lasts === null ? words.wholeWindow : format.seconds(lasts);
}

function State({ slo }: { slo: Pick<Slo, "state"> }) {
  const { words } = useReader();
  return (
    <span className="pill">
      <BudgetGlyph state={slo.state} />
      {words.budgetStates[slo.state]}
    </span>
  );
}

function Burns({ of, burns }: { of: string; burns: readonly Burn[] }) {
  const { words, format } = useReader();
  const rate = (value: number | null): string => (value === null ? "–" : `${format.number(value)}×`);
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={`${words.burnRates}: ${of}`}>
      <table className="rows" aria-label={`${words.burnRates}: ${of}`}>
        <thead>
          <tr>
            <th scope="col">{words.windows}</th>
            <th scope="col" className="numeric">
              {words.longRate}
            </th>
            <th scope="col" className="numeric">
              {words.shortRate}
            </th>
            <th scope="col" className="numeric">
              {words.alertsAbove}
            </th>
            <th scope="col">{words.then}</th>
          </tr>
        </thead>
        <tbody>
          {burns.map((burn) => (
            <tr key={burn.long_s} data-passed={burn.passed}>
              <td>
                {format.seconds(burn.long_s)} + {format.seconds(burn.short_s)}
              </td>
              <td className="numeric">{rate(burn.long_rate)}</td>
              <td className="numeric">{rate(burn.short_rate)}</td>
              <td className="numeric">{rate(burn.factor)}</td>
              <td>{burn.passed ? words.burnsNow : words.severities[burn.severity]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function History({ slo }: { slo: Slo }) {
  const { words, text } = useReader();
  const days = useSloHistory(slo.name).data?.days;
  if (days === undefined) return <span className="skeleton skeleton-panel" />;
  const panel: TimeSeriesPanel = {
    id: slo.name,
    kind: "timeseries",
    unit: "ratio",
    times: days.map((day) => day.at),
    series: [{ label: BUDGET_LEFT, values: days.map((day) => day.left) }],
  };
  if (days.every((day) => day.left === null)) {
    return (
      <div className="empty">
        <p className="absent">{words.no_data}</p>
      </div>
    );
  }
  const last = days.at(-1)?.at ?? 0;
  return (
    <TimeSeries
      title={`${text(slo.title)}: ${words.historyOf}`}
      panel={panel}
      from={(days[0]?.at ?? 0) - DAY_S / 2}
      to={last + DAY_S / 2}
      still
    />
  );
}

const BUDGET_LEFT = { en: "Budget left", ja: "残りのバジェット" };

function Objective({ slo }: { slo: Slo }) {
  const reader = useReader();
  const { words, format, text } = reader;
  const met = slo.eligible === 0 ? null : 1 - slo.bad / slo.eligible;
  return (
    <article className="slo" data-state={slo.state} data-slo={slo.name}>
      <div className="slo-main">
        <div className="slo-head">
          <h2>{text(slo.title)}</h2>
          <Hint title={text(slo.title)} text={text(slo.why)} />
          <State slo={slo} />
        </div>
        <p className="slo-left">{leftText(slo.left, reader)}</p>
        <Left share={slo.left} />
        <dl className="facts">
          <div>
            <dt>{words.target}</dt>
            <dd>
              {format.tick(slo.target, "ratio")} / {text(slo.over)}
            </dd>
          </div>
          <div>
            <dt>{words.reached}</dt>
            <dd>{met === null ? words.no_data : format.value(met, "ratio")}</dd>
          </div>
          <div>
            <dt>{words.badEvents}</dt>
            <dd>
              {met === null
                ? "–"
                : words.badOf(
                    format.number(slo.bad),
                    format.number(Math.floor(slo.allowed)),
                    format.number(slo.eligible),
                  )}
            </dd>
          </div>
          <div>
            <dt>{words.burnRate}</dt>
            <dd>{slo.rate === null ? "–" : `${format.number(slo.rate)}×`}</dd>
          </div>
          <div>
            <dt>{words.lasts}</dt>
            <dd>{lastsText(slo, reader)}</dd>
          </div>
        </dl>
        {slo.warnings.map((warning) => (
          <p key={warning.en} className="slo-warning" role="note">
            {text(warning)}
          </p>
        ))}
      </div>
      <div className="slo-history">
        <History slo={slo} />
      </div>
      <div className="slo-burns">
        <Burns of={text(slo.title)} burns={slo.burns} />
      </div>
    </article>
  );
}

/** What the month may cost, has cost and will have cost. */
export function Month({ cost }: { cost: MonthCost }) {
  const { words } = useReader();
  return (
    <article className="month" data-state={cost.state}>
      <div className="slo-head">
        <h2>{words.monthCost}</h2>
        <State slo={cost} />
      </div>
      <Spending cost={cost} />
    </article>
  );
}

export default function SlosView({ live }: ViewProps) {
  const { words, format } = useReader();
  const query = useSlos(live);
  const error = useStandingError(query);
  const { data } = query;
  if (data === undefined) {
    return error === null ? (
      <Loading />
    ) : (
      <Unavailable error={error} retry={() => void query.refetch()} />
    );
  }
  return (
    <section className="slos" data-settled="true">
      <div className="section-head">
        <h1>{words.slos}</h1>
        <p>{words.slosLead}</p>
      </div>
      <p className="quiet">{words.asOf(format.clock(data.at))}</p>
      {data.cost !== null && <Month cost={data.cost} />}
      {data.slos.map((slo) => (
        <Objective key={slo.name} slo={slo} />
      ))}
      {error !== null && <StaleNotice error={error} updated={query.dataUpdatedAt} />}
    </section>
  );
}
