/** Traces: the list, or one of them. */

import { useMemo } from "react";
import { type Changes, goTo, useParameter } from "../address.ts";
import { Copy } from "../copy.tsx";
import { Link } from "../link.tsx";
import { useReader } from "../reader.ts";
import { useStandingError } from "../refresh.ts";
import { NO_FILTERS, NotYet } from "../trouble.tsx";
import type { ViewProps } from "../views.tsx";
import { secondsOf, type TraceShape, useShape } from "./asking.ts";
import { Conversation } from "./conversation.tsx";
import { TraceList } from "./list.tsx";
import { spanOf } from "./rows.ts";
import { Span } from "./span.tsx";
import { Waterfall } from "./waterfall.tsx";
import { traceWords } from "./words.ts";
import "./traces.css";

function Facts({ shape }: { shape: TraceShape }) {
  const { language, format } = useReader();
  const words = traceWords[language];
  const priced = shape.calls.flatMap((call) => (call.cost_usd === null ? [] : [call.cost_usd]));
  const sum = (values: readonly number[]) => values.reduce((before, value) => before + value, 0);
  const missing = shape.calls.filter((call) => call.unpriced_reason !== "").length;
  const none = missing > 0 ? words.unpriced : "–";
  const cost = priced.length === 0 ? none : format.value(sum(priced), "usd");
  const facts: [string, string][] = [
    [words.began, format.moment(secondsOf(shape.begin_ns))],
    [words.duration, format.seconds(spanOf(shape) / 1e6)],
    [words.spans, format.number(shape.ids.length)],
    [words.calls, format.number(shape.calls.length)],
    [words.errors, format.number(shape.calls.filter((call) => call.outcome === "error").length)],
  ];
  if (shape.calls.length > 0) {
    const rest = priced.length > 0 && missing > 0 ? ` (+ ${format.number(missing)} ${words.unpriced})` : "";
    facts.push([words.cost, cost + rest]);
  }
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Every log record of the trace, whatever else is filtered, from a minute before it to a minute after. */
function logsOf(shape: TraceShape): Changes {
  const begin = secondsOf(shape.begin_ns);
  const time = {
    from: String(Math.floor(begin) - 60),
    to: String(Math.ceil(begin + spanOf(shape) / 1e6) + 60),
  };
  return { ...NO_FILTERS, ...time, trace_id: shape.trace_id };
}

function Trace({ shape }: { shape: TraceShape }) {
  const { language, format } = useReader();
  const words = traceWords[language];
  const calls = useMemo(() => new Map(shape.calls.map((call) => [call.span_id, call])), [shape]);
  const span = useParameter("span");
  const talk = useParameter("show") === "conversation";
  const chosen = span === null ? -1 : shape.ids.indexOf(span);
  const id = chosen < 0 ? null : (shape.ids[chosen] ?? null);
  const tabs = [
    { name: null, title: words.waterfall, current: !talk },
    { name: "conversation", title: words.conversation, current: talk },
  ];
  return (
    <>
      <Facts shape={shape} />
      {shape.truncated && <p className="warning">{words.truncated(format.number(shape.ids.length))}</p>}
      <nav className="tabs" aria-label={words.trace}>
        {tabs.map((tab) => (
          <Link
            key={tab.title}
            to={`traces/${shape.trace_id}`}
            changes={{ show: tab.name, span: id }}
            current={tab.current}
          >
            {tab.title}
          </Link>
        ))}
        <Link to="logs" changes={logsOf(shape)} className="aside">
          {words.logs}
        </Link>
      </nav>
      {talk ? (
        <Conversation shape={shape} calls={calls} />
      ) : (
        <div className="trace-parts">
          <Waterfall
            shape={shape}
            calls={calls}
            chosen={chosen < 0 ? null : chosen}
            choose={(place) => goTo({ span: shape.ids[place] ?? null }, "replace")}
          />
          <Span
            trace={shape.trace_id}
            id={id}
            name={shape.words[shape.names[chosen] ?? -1] ?? ""}
            call={id === null ? undefined : calls.get(id)}
            begin={secondsOf(shape.begin_ns)}
          />
        </div>
      )}
    </>
  );
}

function OneTrace({ id }: { id: string }) {
  const { language } = useReader();
  const words = traceWords[language];
  const query = useShape(id);
  const error = useStandingError(query);
  return (
    <section className="trace" aria-labelledby="trace">
      <p className="way">
        <Link to="traces">← {words.all}</Link>
      </p>
      <div className="trace-head">
        <h1 id="trace">
          {words.trace} <span className="mono trace-id">{id}</span>
        </h1>
        <Copy text={id} label={words.copyId} />
      </div>
      {query.data !== undefined ? (
        <Trace shape={query.data} />
      ) : (
        <NotYet error={error} gone={words.gone} retry={() => void query.refetch()} />
      )}
    </section>
  );
}

export default function Traces(props: ViewProps) {
  return props.rest === "" ? <TraceList {...props} /> : <OneTrace id={props.rest} />;
}
