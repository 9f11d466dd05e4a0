/** The log: a search with what its lines have in common, or new lines as they come. */

import { useRef } from "react";
import { goTo, useParameter } from "../address.ts";
import { focusMain } from "../focus.ts";
import { useReader } from "../reader.ts";
import { useStandingError } from "../refresh.ts";
import { Loading, Unavailable } from "../trouble.tsx";
import type { ViewProps } from "../views.tsx";
import { Working } from "../working.tsx";
import { attributesOf, type LogRecord, type Searched, useRecords, useSearched, logsKey } from "./asking.ts";
import { FacetList } from "./facets.tsx";
import { Record } from "./record.tsx";
import { SearchForm } from "./search-form.tsx";
import { MOST, useTail } from "./tail.ts";
import { logWords } from "./words.ts";
import "../traces/traces.css";
import "./logs.css";

/** Further down than this, or with a line open, somebody reads. */
const READING_PX = 160;

function Chosen({ searched }: { searched: Searched }) {
  const { language } = useReader();
  const words = logWords[language];
  const lines = attributesOf(searched);
  const without = (changes: Record<string, string | null>): void => {
    focusMain();
    goTo(changes);
  };
  const drop = (line: string): void =>
    without({ attribute: lines.filter((one) => one !== line).join("\n") || null });
  const chosen: [string, () => void][] = lines.map((line) => [line, () => drop(line)]);
  if (searched.event !== null) chosen.unshift([searched.event, () => without({ event: null })]);
  if (chosen.length === 0) return null;
  return (
    <ul className="log-chosen">
      {chosen.map(([value, remove]) => (
        <li key={value}>
          <button type="button" aria-label={words.remove(value)} onClick={remove}>
            {value} <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Records({ records }: { records: readonly LogRecord[] }) {
  // Lines that are alike in everything have one id: their place among those parts them.
  const times = new Map<string, number>();
  return (
    <ol className="log-list">
      {records.map((record) => {
        const before = times.get(record.id) ?? 0;
        times.set(record.id, before + 1);
        return (
          <li key={`${record.id}-${before}`}>
            <Record record={record} />
          </li>
        );
      })}
    </ol>
  );
}

function Tail({ filter, searched }: Pick<ViewProps, "filter"> & { searched: Searched }) {
  const { language, format } = useReader();
  const words = logWords[language];
  const box = useRef<HTMLDivElement>(null);
  const isRead = (): boolean =>
    scrollY > READING_PX || (box.current?.querySelector("details.log[open]") ?? null) !== null;
  const { told, show } = useTail(filter, searched, true, isRead);
  const showAll = (): void => {
    show();
    focusMain();
    scrollTo(0, 0);
  };
  return (
    <div ref={box} className="log-tail">
      <p className="quiet" role="status">
        <span className="waiting" aria-hidden="true" /> {told.connected ? words.listening : words.connecting}
      </p>
      {told.trouble !== null && (
        <p role="alert" className="warning">
          {told.trouble}
        </p>
      )}
      {told.gap && <p className="warning">{words.gap}</p>}
      {told.waiting.length > 0 && (
        <button type="button" className="primary log-news" onClick={showAll}>
          {words.newer(format.number(told.waiting.length))}
        </button>
      )}
      {told.records.length === 0 ? <p className="quiet">{words.noneYet}</p> : <Records records={told.records} />}
      {told.records.length === MOST && <p className="quiet">{words.newest(format.number(MOST))}</p>}
    </div>
  );
}

function Found({ filter, searched }: Pick<ViewProps, "filter"> & { searched: Searched }) {
  const { language } = useReader();
  const words = logWords[language];
  const query = useRecords(filter, searched, true);
  const error = useStandingError(query);
  const work = <Working query={query} queryKey={logsKey(filter, searched)} />;
  if (query.data === undefined) {
    return error === null ? <Loading>{work}</Loading> : <Unavailable error={error} retry={() => void query.refetch()} />;
  }
  const records = query.data.pages.flatMap((page) => page.records);
  return (
    <div>
      {work}
      {error !== null && (
        <p role="alert" className="warning">
          {error.message}
        </p>
      )}
      {records.length === 0 ? (
        <div className="nothing">
          <h2>{words.none}</h2>
          <p className="quiet">{words.noneHelp}</p>
        </div>
      ) : (
        <Records records={records} />
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

export default function Logs({ filter }: ViewProps) {
  const { language } = useReader();
  const words = logWords[language];
  const searched = useSearched();
  const chosenTime = filter.from !== null || filter.to !== null;
  const tailing = useParameter("tail") !== null && !chosenTime;
  return (
    <section className="logs" aria-labelledby="logs">
      <div className="log-head">
        <h1 id="logs">{words.title}</h1>
        {!chosenTime && (
          <button type="button" aria-pressed={tailing} onClick={() => goTo({ tail: tailing ? null : "1" })}>
            {tailing ? words.stopTail : words.startTail}
          </button>
        )}
      </div>
      <SearchForm searched={searched} />
      <Chosen searched={searched} />
      <div className="log-parts">
        <FacetList filter={filter} searched={searched} />
        {tailing ? (
          <Tail key={JSON.stringify([filter, searched])} filter={filter} searched={searched} />
        ) : (
          <Found filter={filter} searched={searched} />
        )}
      </div>
    </section>
  );
}
