/** What to do when there is nothing to show yet: the first start, and filters that match nothing. */

import { FILTERS, goTo } from "./address.ts";
import type { Catalog, Filter } from "./api.ts";
import { Copy } from "./copy.tsx";
import { useReader } from "./reader.ts";
import { NO_FILTERS } from "./trouble.tsx";

const DEFAULT_SERVER = "http://127.0.0.1:4318";

function Code({ title, lines }: { title: string; lines: readonly (readonly [string, string?])[] }) {
  const width = Math.max(...lines.map(([code]) => code.length));
  return (
    <div className="code">
      <div className="code-head">
        <h3>{title}</h3>
        <Copy text={lines.map(([code]) => code).join("\n")} />
      </div>
      {/* A long line scrolls, so the keyboard must reach it. */}
      <pre tabIndex={0} aria-label={title}>
        <code>
          {lines.map(([code, note]) => (
            <span key={code} className="code-line">
              {note === undefined ? code : code.padEnd(width)}
              {note !== undefined && <span className="code-note">{`  # ${note}`}</span>}
              {"\n"}
            </span>
          ))}
        </code>
      </pre>
    </div>
  );
}

/** The server that serves this page also receives the data; the default needs no `endpoint=`. */
function serverAddress(): string {
  return new URL(".", document.baseURI).href.replace(/\/$/, "");
}

export function FirstStart({ keyed }: { keyed: boolean }) {
  const { words } = useReader();
  const server = serverAddress();
  const endpoint = server === DEFAULT_SERVER ? "" : `, endpoint="${server}"`;
  return (
    <section className="start" aria-labelledby="start">
      <h2 id="start">
        <span className="waiting" aria-hidden="true" />
        {words.startTitle}
      </h2>
      <p>{words.startLead}</p>
      <Code title={words.startInstall} lines={[["pip install kansoku"]]} />
      {keyed && <Code title={words.startKey} lines={[["export KANSOKU_KEY=kansoku_key_…", words.startKeyFrom]]} />}
      <Code
        title={words.startCode}
        lines={[
          ["import kansoku"],
          [`kansoku.init(service="support-bot"${endpoint})`, words.startOnce],
          ['with kansoku.task("answer_ticket", user_id="u-17"):', words.startTask],
          ["    answer = client.messages.create(...)", words.startCall],
          ['kansoku.feedback("up", call=answer)', words.startFeedback],
        ]}
      />
      <p className="quiet">{words.startListening(server)}</p>
    </section>
  );
}

export function NothingHere({ catalog, filter }: { catalog: Catalog; filter: Filter }) {
  const { words, format } = useReader();
  const widest = catalog.windows.at(-1);
  return (
    <section className="nothing" aria-label={words.nothingHere}>
      <p>{words.nothingHere}</p>
      {widest !== undefined && (widest !== filter.window || filter.from !== null || filter.to !== null) && (
        <button type="button" onClick={() => goTo({ window: widest, from: null, to: null })}>
          {words.widen(format.window(widest))}
        </button>
      )}
      {FILTERS.some((name) => filter[name] !== null) && (
        <button type="button" onClick={() => goTo(NO_FILTERS)}>
          {words.clearFilters}
        </button>
      )}
    </section>
  );
}
