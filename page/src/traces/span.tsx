/** One span in full: what it says of itself, and the messages that it holds. Everything is shown as text. */

import type { CallInTrace, SpanDetail } from "./asking.ts";
import { secondsOf, useDetail } from "./asking.ts";
import { Pairs, type PairsOf } from "../pairs.tsx";
import { useReader } from "../reader.ts";
import { useStandingError } from "../refresh.ts";
import { Loading } from "../trouble.tsx";
import { Messages, MissingNotes, Tools } from "./conversation.tsx";
import { costText } from "./cost.ts";
import { messagesOf, missingOf, toolsOf } from "./messages.ts";
import { Outcome } from "./outcome.tsx";
import { traceWords } from "./words.ts";

function Part({ title, pairs }: { title: string; pairs: PairsOf }) {
  if (Object.keys(pairs).length === 0) return null;
  return (
    <details open>
      <summary>{title}</summary>
      <Pairs pairs={pairs} />
    </details>
  );
}

function CallFacts({ call }: { call: CallInTrace }) {
  const { language, format } = useReader();
  const words = traceWords[language];
  const count = (value: number | null) => (value === null ? "–" : format.value(value, "tokens"));
  const facts: [string, string][] = [
    [words.cost, costText(call, format, words.unpriced)],
    [words.tokens, `${count(call.input_tokens)} / ${count(call.output_tokens)}`],
    [words.ttft, call.ttft_s === null ? "–" : format.seconds(call.ttft_s)],
    [words.attempts, count(call.attempts)],
  ];
  return (
    <dl className="facts">
      <div>
        <dt>{words.outcome}</dt>
        <dd>
          <Outcome outcome={call.outcome} error={call.error_type} />
        </dd>
      </div>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Told({ detail, begin }: { detail: SpanDetail; begin: number }) {
  const { language, format } = useReader();
  const words = traceWords[language];
  const messages = messagesOf(detail.attributes);
  return (
    <>
      {detail.status_message !== "" && (
        <p className="span-status" data-state="down">
          {detail.status_message}
        </p>
      )}
      {messages.length > 0 && (
        <details open>
          <summary>{words.messages}</summary>
          <MissingNotes missing={missingOf(detail.attributes)} />
          <Tools tools={toolsOf(detail.attributes)} />
          <Messages messages={messages} />
        </details>
      )}
      {detail.events.map((event, at) => (
        <Part
          key={at}
          title={`${words.events}: ${event.name} +${format.seconds(Math.max(0, secondsOf(event.time_ns) - begin))}`}
          pairs={event.attributes}
        />
      ))}
      <Part title={words.attributes} pairs={detail.attributes} />
      <Part title={words.resource} pairs={detail.resource} />
    </>
  );
}

interface SpanProps {
  readonly trace: string;
  readonly id: string | null;
  readonly name: string;
  readonly call: CallInTrace | undefined;
  /** When the trace began, in seconds since 1970. */
  readonly begin: number;
}

export function Span({ trace, id, name, call, begin }: SpanProps) {
  const { language } = useReader();
  const words = traceWords[language];
  const query = useDetail(trace, id);
  const error = useStandingError(query);
  if (id === null) return <p className="quiet span-none">{words.choose}</p>;
  return (
    <section className="span" aria-label={words.details}>
      <h2>{name}</h2>
      <p className="quiet mono">{id}</p>
      {call !== undefined && <CallFacts call={call} />}
      {query.data !== undefined ? (
        <Told detail={query.data} begin={begin} />
      ) : error !== null ? (
        <p role="alert">{error.message}</p>
      ) : (
        <Loading />
      )}
    </section>
  );
}
