/** The thirteen indicators, side by side: value, objective, sample size and state. */

import type { Indicator, IndicatorState, IndicatorTitle } from "./api.ts";
import { IndicatorGlyph } from "./glyph.tsx";
import { Hint } from "./hint.tsx";
import { Margin } from "./margin.tsx";
import { type Reader, useReader } from "./reader.ts";

const STATES: readonly IndicatorState[] = ["ok", "breach", "low_sample", "no_data", "none"];

function stateWord(state: IndicatorState, { words }: Reader): string {
  switch (state) {
    case "ok":
      return words.met;
    case "breach":
      return words.breach;
    case "low_sample":
      return words.low_sample;
    case "no_data":
      return words.no_data;
    case "none":
      return words.no_objective;
  }
}

function bound(indicator: Indicator, title: IndicatorTitle, { format }: Reader): string | null {
  if (indicator.objective === null) return null;
  const sign = title.keep ? { above: "≥ ", below: "≤ " }[title.keep] : "";
  return sign + format.tick(indicator.objective, indicator.unit);
}

function Tile({ title, indicator }: { title: IndicatorTitle; indicator: Indicator }) {
  const reader = useReader();
  const { words, format, text } = reader;
  const objective = bound(indicator, title, reader);
  return (
    <li className="tile" data-state={indicator.state} data-indicator={indicator.name}>
      <div className="tile-head">
        <h3>{text(title.title)}</h3>
        <Hint title={text(title.title)} text={text(title.why)} />
      </div>
      <p className="tile-value">
        {indicator.value === null ? (
          <span className="absent">{words.no_data}</span>
        ) : (
          format.value(indicator.value, indicator.unit)
        )}{" "}
        <Margin of={indicator} />
      </p>
      <p className="tile-state">
        <IndicatorGlyph state={indicator.state} />
        <span>{stateWord(indicator.state, reader)}</span>
        {objective !== null && (
          <span className="tile-bound">
            <span className="unseen">{words.objective} </span>
            {objective}
          </span>
        )}
      </p>
      <p className="tile-n">
        <span>
          {words.samples} {format.number(indicator.n)}
        </span>
        {indicator.before === undefined || indicator.before === null ? (
          <span>{format.seconds(indicator.window_s)}</span>
        ) : (
          <span>
            {words.before} {format.value(indicator.before, indicator.unit)}
          </span>
        )}
      </p>
    </li>
  );
}

/** What the shapes mean; it fills the cell that thirteen tiles leave free. */
function Legend() {
  const reader = useReader();
  return (
    <li className="tile legend-tile">
      <h3 className="unseen">{reader.words.legend}</h3>
      <ul>
        {STATES.map((state) => (
          <li key={state} data-state={state}>
            <IndicatorGlyph state={state} />
            {stateWord(state, reader)}
          </li>
        ))}
      </ul>
    </li>
  );
}

interface IndicatorsProps {
  readonly titles: readonly IndicatorTitle[];
  readonly indicators: readonly Indicator[];
  readonly stale: boolean;
}

export function Indicators({ titles, indicators, stale }: IndicatorsProps) {
  const { words, format } = useReader();
  const byName = new Map(indicators.map((indicator) => [indicator.name, indicator]));
  const measured = indicators.filter((indicator) => indicator.value !== null).length;
  return (
    <section className="indicators" aria-labelledby="indicators" data-stale={stale}>
      <div className="section-head">
        <h2 id="indicators">{words.indicators}</h2>
        <p>{words.measured(format.number(measured), format.number(titles.length))}</p>
      </div>
      <ul className="tiles">
        {titles.map((title) => {
          const indicator = byName.get(title.name);
          return indicator && <Tile key={title.name} title={title} indicator={indicator} />;
        })}
        <Legend />
      </ul>
    </section>
  );
}

export function IndicatorsSkeleton() {
  const { words } = useReader();
  return (
    <section className="indicators" aria-labelledby="indicators" aria-busy="true">
      <div className="section-head">
        <h2 id="indicators">{words.indicators}</h2>
      </div>
      <div className="tiles">
        {Array.from({ length: 14 }, (_, at) => (
          <div key={at} className="tile">
            <span className="skeleton" />
            <span className="skeleton skeleton-value" />
            <span className="skeleton" />
          </div>
        ))}
      </div>
    </section>
  );
}
