/** Sessions: what they cost and how they went, and the traces of one of them in order. */

import type { ReactNode } from "react";
import { goTo, useParameter } from "../address.ts";
import { Link } from "../link.tsx";
import { useReader } from "../reader.ts";
import { useStandingError } from "../refresh.ts";
import { Loading, NotYet, Unavailable } from "../trouble.tsx";
import type { ViewProps } from "../views.tsx";
import { Working } from "../working.tsx";
import { type By, type SessionRow, type SessionTraces, type Sums, useSession, useSessions, sessionsKey } from "./asking.ts";
import { sessionWords } from "./words.ts";
import "../traces/traces.css";
import "../logs/logs.css";

function secondsOf(nanoseconds: string): number {
  return Number(nanoseconds) / 1e9;
}

function useBy(): By {
  return useParameter("by") === "user" ? "user" : "session";
}

function placeOf(id: string): string {
  return `sessions/${encodeURIComponent(id)}`;
}

function Cost({ sums }: { sums: Sums }) {
  const { language, format } = useReader();
  const words = sessionWords[language];
  if (sums.cost_usd === null) return <span className="absent">{sums.unpriced > 0 ? words.noPrice : "–"}</span>;
  const rest = sums.unpriced > 0 ? ` ${words.unpriced(format.number(sums.unpriced))}` : "";
  return (
    <>
      {format.value(sums.cost_usd, "usd")}
      <span className="quiet">{rest}</span>
    </>
  );
}

/** The cells that every list of calls ends with. */
function SumCells({ sums }: { sums: Sums }) {
  const { format } = useReader();
  const tokens = (value: number | null) => (value === null ? "–" : format.value(value, "tokens"));
  return (
    <>
      <td className="numeric">{format.number(sums.calls)}</td>
      <td className="numeric">
        {sums.errors > 0 ? (
          <span className="outcome" data-state="down">
            {format.number(sums.errors)}
          </span>
        ) : (
          "0"
        )}
      </td>
      <td className="numeric">
        {tokens(sums.input_tokens)} / {tokens(sums.output_tokens)}
      </td>
      <td className="numeric">
        <Cost sums={sums} />
      </td>
    </>
  );
}

function Table({ label, head, numeric, children }: { label: string; head: readonly string[]; numeric: number; children: ReactNode }) {
  return (
    <div className="scroll table-card" role="region" aria-label={label} tabIndex={0}>
      <table className="rows" aria-label={label}>
        <thead>
          <tr>
            {head.map((title, at) => (
              <th key={title} scope="col" className={at < head.length - numeric ? undefined : "numeric"}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function Others({ row, by }: { row: SessionRow; by: By }) {
  const { language, format } = useReader();
  const words = sessionWords[language];
  if (row.other === "") return <>–</>;
  if (by === "user") return <>{format.number(row.others)}</>;
  return (
    <>
      {row.other}
      {row.others > 1 && <span className="quiet"> {words.andMore(format.number(row.others - 1))}</span>}
    </>
  );
}

function Choice({ by }: { by: By }) {
  const { language } = useReader();
  const words = sessionWords[language];
  return (
    <fieldset className="segments session-by">
      <legend className="unseen">{words.by}</legend>
      {(["session", "user"] as const).map((name) => (
        <label key={name}>
          <input type="radio" name="by" checked={by === name} onChange={() => goTo({ by: name === "user" ? name : null })} />
          <span>{name === "user" ? words.byUser : words.bySession}</span>
        </label>
      ))}
    </fieldset>
  );
}

function List({ filter }: ViewProps) {
  const { language, format } = useReader();
  const words = sessionWords[language];
  const by = useBy();
  const query = useSessions(filter, by);
  const error = useStandingError(query);
  const work = <Working query={query} queryKey={sessionsKey(filter, by)} />;
  if (query.data === undefined) {
    return error === null ? <Loading>{work}</Loading> : <Unavailable error={error} retry={() => void query.refetch()} />;
  }
  const rows = query.data.pages.flatMap((page) => page.sessions);
  const own = by === "user" ? words.user : words.session;
  const other = by === "user" ? words.sessions : words.user;
  const head = [own, other, words.last, words.traces, words.calls, words.errors, words.tokens, words.cost];
  return (
    <div className="sessions">
      <div className="log-head">
        <h1>{words.title}</h1>
        <Choice by={by} />
      </div>
      {rows.length === 0 ? (
        <div className="nothing">
          <h2>{words.none}</h2>
          <p className="quiet">{words.noneHelp}</p>
        </div>
      ) : (
        <Table label={words.title} head={head} numeric={5}>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                <Link to={placeOf(row.id)} changes={{ by: by === "user" ? by : null }} className="row-link">
                  {row.id}
                </Link>
              </td>
              <td>
                <Others row={row} by={by} />
              </td>
              <td>{format.moment(secondsOf(row.sums.last_ns))}</td>
              <td className="numeric">{format.number(row.traces)}</td>
              <SumCells sums={row.sums} />
            </tr>
          ))}
        </Table>
      )}
      {query.hasNextPage && (
        <p className="older">
          <button type="button" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {words.more}
          </button>
        </p>
      )}
    </div>
  );
}

function Facts({ row }: { row: SessionRow }) {
  const { language, format } = useReader();
  const words = sessionWords[language];
  const by = useBy();
  const facts: [string, ReactNode][] = [
    [by === "user" ? words.sessions : words.user, <Others key="others" row={row} by={by} />],
    [words.first, format.moment(secondsOf(row.sums.first_ns))],
    [words.last, format.moment(secondsOf(row.sums.last_ns))],
    [words.traces, format.number(row.traces)],
    [words.calls, format.number(row.sums.calls)],
    [words.errors, format.number(row.sums.errors)],
    [words.cost, <Cost key="cost" sums={row.sums} />],
  ];
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

function Traces({ found }: { found: SessionTraces }) {
  const { language, format } = useReader();
  const words = sessionWords[language];
  const head = [words.began, words.error, words.feature, words.model, words.calls, words.errors, words.tokens, words.cost];
  return (
    <>
      <Facts row={found.session} />
      {found.truncated && <p className="warning">{words.truncated(format.number(found.traces.length))}</p>}
      <Table label={words.traces} head={head} numeric={4}>
        {found.traces.map((trace) => (
          <tr key={trace.trace_id}>
            <td>
              <Link to={`traces/${trace.trace_id}`} className="row-link">
                {format.moment(secondsOf(trace.sums.first_ns))}
              </Link>
            </td>
            <td>{trace.error_type || "–"}</td>
            <td>{trace.feature || "–"}</td>
            <td>{trace.model || "–"}</td>
            <SumCells sums={trace.sums} />
          </tr>
        ))}
      </Table>
    </>
  );
}

function OneSession({ filter, rest: id }: ViewProps) {
  const { language } = useReader();
  const words = sessionWords[language];
  const by = useBy();
  const query = useSession(filter, by, id);
  const error = useStandingError(query);
  return (
    <section className="sessions" aria-labelledby="session">
      <p className="way">
        <Link to="sessions" changes={{ by: by === "user" ? by : null }}>
          ← {words.all}
        </Link>
      </p>
      <h1 id="session">
        {by === "user" ? words.user : words.session} <span className="mono">{id}</span>
      </h1>
      {query.data !== undefined ? (
        <Traces found={query.data} />
      ) : (
        <NotYet error={error} gone={words.gone} retry={() => void query.refetch()} />
      )}
    </section>
  );
}

export default function Sessions(props: ViewProps) {
  return props.rest === "" ? <List {...props} /> : <OneSession {...props} />;
}
