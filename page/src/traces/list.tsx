/** The list of traces: what was searched for, newest first. What came since is counted, and shown when asked. */

import { useQueryClient } from "@tanstack/react-query";
import { Link } from "../link.tsx";
import { useReader } from "../reader.ts";
import { useStandingError } from "../refresh.ts";
import { Loading, Unavailable } from "../trouble.tsx";
import type { ViewProps } from "../views.tsx";
import { Working } from "../working.tsx";
import { secondsOf, type TraceRow, useNewest, useTraces, tracesKey } from "./asking.ts";
import { costText } from "./cost.ts";
import { Outcome } from "./outcome.tsx";
import { SearchForm, useSearched } from "./search-form.tsx";
import { traceWords } from "./words.ts";

function Row({ row }: { row: TraceRow }) {
  const { language, format } = useReader();
  const words = traceWords[language];
  const number = (value: number | null) => (value === null ? "–" : format.value(value, "tokens"));
  const seconds = (value: number | null) => (value === null ? "–" : format.seconds(value));
  const time = format.moment(secondsOf(row.time_ns));
  return (
    <tr>
      <td>
        <Link to={`traces/${row.trace_id}`} className="row-link">
          {time}
        </Link>
      </td>
      <td title={row.error_message || undefined}>
        <Outcome outcome={row.outcome} error={row.error_type} />
      </td>
      <td title={row.service}>{row.feature || row.service || "–"}</td>
      <td title={row.operation}>{row.model || "–"}</td>
      <td className="numeric">{seconds(row.duration_s)}</td>
      <td className="numeric">{seconds(row.ttft_s)}</td>
      <td className="numeric">
        {number(row.input_tokens)} / {number(row.output_tokens)}
      </td>
      <td className="numeric">
        <span className={row.cost_usd === null ? "absent" : undefined}>{costText(row, format, words.unpriced)}</span>
      </td>
      <td className="numeric">{row.attempts ?? "–"}</td>
      <td title={row.user_id}>{row.user_id || "–"}</td>
    </tr>
  );
}

/** Each trace by its newest call: one that goes on over the end of a page is in the next one too. */
function once(rows: readonly TraceRow[]): TraceRow[] {
  const known = new Map<string, TraceRow>();
  for (const row of rows) if (!known.has(row.trace_id)) known.set(row.trace_id, row);
  return [...known.values()];
}

/** How many of the newest are not among those that are shown. */
function useNews(shown: readonly TraceRow[], newest: readonly TraceRow[] | undefined): number {
  if (newest === undefined) return 0;
  const latest = shown[0]?.time_ns;
  const known = new Set(shown.map((row) => row.trace_id + row.time_ns));
  return newest.filter(
    (row) =>
      !known.has(row.trace_id + row.time_ns) &&
      (latest === undefined || secondsOf(row.time_ns) >= secondsOf(latest)),
  ).length;
}

export function TraceList({ filter, live }: ViewProps) {
  const { language, format } = useReader();
  const words = traceWords[language];
  const searched = useSearched();
  const client = useQueryClient();
  const query = useTraces(filter, searched);
  const newest = useNewest(filter, searched, live && query.data !== undefined);
  const error = useStandingError(query);
  const rows = once(query.data?.pages.flatMap((page) => page.traces) ?? []);
  const isOld = query.isPlaceholderData || newest.isPlaceholderData;
  const news = useNews(rows, isOld ? undefined : newest.data?.traces);
  const showNews = (): void => void client.resetQueries({ queryKey: tracesKey(filter, searched) });
  return (
    <div className="traces">
      <h1>{words.title}</h1>
      <SearchForm searched={searched} />
      <div className="working-line">
        <Working query={query} queryKey={tracesKey(filter, searched)} />
      </div>
      {query.data === undefined ? (
        error === null ? (
          <Loading />
        ) : (
          <Unavailable error={error} retry={() => void query.refetch()} />
        )
      ) : (
        <>
          <div className="news">
            {news > 0 && (
              <button type="button" onClick={showNews}>
                {words.newer(format.number(news))}
              </button>
            )}
          </div>
          {/* Said once: how many there are changes every few seconds. */}
          <p className="unseen" role="status">
            {news > 0 && words.areNewer}
          </p>
          {rows.length === 0 ? (
            <div className="nothing">
              <h2>{words.none}</h2>
              <p className="quiet">{words.noneHelp}</p>
            </div>
          ) : (
            <div className="scroll table-card" role="region" aria-label={words.title} tabIndex={0}>
              <table className="rows" aria-label={words.title}>
                <thead>
                  <tr>
                    <th scope="col">{words.time}</th>
                    <th scope="col">{words.outcome}</th>
                    <th scope="col">{words.feature}</th>
                    <th scope="col">{words.model}</th>
                    <th scope="col" className="numeric">{words.duration}</th>
                    <th scope="col" className="numeric">{words.ttft}</th>
                    <th scope="col" className="numeric">{words.tokens}</th>
                    <th scope="col" className="numeric">{words.cost}</th>
                    <th scope="col" className="numeric">{words.attempts}</th>
                    <th scope="col">{words.user}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <Row key={row.trace_id + row.time_ns} row={row} />
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {query.hasNextPage && (
            <p className="older">
              <button type="button" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {words.more}
              </button>
            </p>
          )}
        </>
      )}
    </div>
  );
}
