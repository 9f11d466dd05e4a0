/** The answer: the state by word, colour and shape, one sentence, and its reasons. */

import type { Catalog, Filter, Status } from "./api.ts";
import { AlarmGlyph, VerdictGlyph } from "./glyph.tsx";
import { Link } from "./link.tsx";
import { useReader } from "./reader.ts";

interface ScopeProps {
  readonly status: Status;
  readonly catalog: Catalog;
  readonly filter: Filter;
}

function Scope({ status, catalog, filter }: ScopeProps) {
  const { words, format, text } = useReader();
  return (
    <dl className="scope">
      <div>
        <dt>{words.window}</dt>
        <dd>
          {filter.from === null && filter.to === null && format.window(status.window)}
          <span className="scope-times">
            {format.stretch(status.from, status.to)}
          </span>
        </dd>
      </div>
      {catalog.filters
        .filter((one) => one.name === "feature" || filter[one.name] !== null)
        .map((one) => (
          <div key={one.name}>
            <dt>{text(one.title)}</dt>
            <dd>{filter[one.name] ?? text(one.every)}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Verdict({ stale, ...scope }: ScopeProps & { readonly stale: boolean }) {
  const { status } = scope;
  const { words, format, text } = useReader();
  return (
    <section
      className="verdict"
      data-state={status.state}
      data-stale={stale}
      aria-labelledby="question"
    >
      <h1 id="question">{words.question}</h1>
      <p className="answer">
        <span className="answer-state" role="status">
          <VerdictGlyph state={status.state} />
          {words[status.state]}
        </span>
        <span className="answer-sentence">{text(status.sentence)}</span>
      </p>
      {status.firing.length > 0 && (
        <p className="verdict-alarms" data-state="firing">
          <AlarmGlyph state="firing" />{" "}
          <Link to="alerts">{words.firingNow(format.number(status.firing.length))}</Link>{" "}
          <span>{status.firing.map(text).join(" · ")}</span>
        </p>
      )}
      {/* An empty list keeps its room, and is nothing to be read. */}
      <ul className="reasons" aria-label={words.reasons} aria-hidden={status.reasons.length === 0}>
        {status.reasons.map((reason) => (
          <li key={reason.en}>{text(reason)}</li>
        ))}
      </ul>
      <Scope {...scope} />
    </section>
  );
}

export function VerdictSkeleton() {
  const { words } = useReader();
  return (
    <section className="verdict" data-state="no_data" aria-labelledby="question" aria-busy="true">
      <h1 id="question">{words.question}</h1>
      <p className="answer">
        <span className="answer-state" role="status">
          {words.loading}
        </span>
        <span className="skeleton skeleton-sentence" />
      </p>
    </section>
  );
}
