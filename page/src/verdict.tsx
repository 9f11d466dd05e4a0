/** The answer: the state by word, colour and shape, one sentence, and its reasons. */

import type { Status } from "./api.ts";
import { VerdictGlyph } from "./glyph.tsx";
import { useReader } from "./reader.ts";

function Scope({ status }: { status: Status }) {
  const { words, format } = useReader();
  return (
    <dl className="scope">
      <div>
        <dt>{words.window}</dt>
        <dd>
          {format.window(status.window)}
          <span className="scope-times">
            {format.moment(status.from)} – {format.clock(status.to)}
          </span>
        </dd>
      </div>
      <div>
        <dt>{words.feature}</dt>
        <dd>{status.feature ?? words.allFeatures}</dd>
      </div>
    </dl>
  );
}

export function Verdict({ status, stale }: { status: Status; stale: boolean }) {
  const { words, text } = useReader();
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
      <ul className="reasons" aria-label={words.reasons}>
        {status.reasons.map((reason) => (
          <li key={reason.en}>{text(reason)}</li>
        ))}
      </ul>
      <Scope status={status} />
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
