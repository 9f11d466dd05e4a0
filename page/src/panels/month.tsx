/** What the calendar month has cost, will have cost and may cost. */

import type { MonthCost } from "../api.ts";
import { useReader } from "../reader.ts";

function Bar({ cost, budget }: { cost: MonthCost; budget: number }) {
  const part = (usd: number): string => `${(Math.min(1, usd / budget) * 100).toFixed(1)}%`;
  return (
    <div className="budget-bar spent" aria-hidden="true">
      <span style={{ width: part(cost.spent_usd ?? 0) }} />
      {cost.forecast_usd !== null && <i style={{ left: part(cost.forecast_usd) }} />}
    </div>
  );
}

export function Spending({ cost }: { cost: MonthCost }) {
  const { words, format } = useReader();
  const { budget_usd: budget, forecast_usd: forecast } = cost;
  const spent = format.value(cost.spent_usd ?? 0, "usd");
  return (
    <>
      <p className="slo-left">
        {budget === null ? words.spentSoFar(spent) : words.spentOf(spent, format.value(budget, "usd"))}
      </p>
      {budget !== null && <Bar cost={cost} budget={budget} />}
      <dl className="facts">
        <div>
          <dt>{words.forecast}</dt>
          <dd>{forecast === null ? words.no_data : format.value(forecast, "usd")}</dd>
        </div>
        <div>
          <dt>{words.monthEnds}</dt>
          <dd>{format.minute(cost.month_ends)}</dd>
        </div>
        {budget !== null && (
          <div>
            <dt>{words.lasts}</dt>
            <dd>{cost.lasts_s === null ? words.wholeMonth : format.seconds(cost.lasts_s)}</dd>
          </div>
        )}
      </dl>
    </>
  );
}

export function Month({ title, cost }: { title: string; cost: MonthCost }) {
  const { words } = useReader();
  return (
    <div className="month-panel" role="figure" aria-label={title} data-state={cost.state}>
      <Spending cost={cost} />
      <p className="quiet">{cost.budget_usd === null ? words.noBudget : words.budgetStates[cost.state]}</p>
    </div>
  );
}
