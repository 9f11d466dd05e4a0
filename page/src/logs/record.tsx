/** One record: a line, and all of it when it is opened. Everything is shown as text. */

import { Link } from "../link.tsx";
import { Pairs, type PairsOf } from "../pairs.tsx";
import { useReader } from "../reader.ts";
import type { LogRecord } from "./asking.ts";
import { lineOf, severityOf, wholeOf } from "./line.ts";
import { severityTitle } from "./search-form.tsx";
import { logWords } from "./words.ts";
import { memo, useState } from "react";

function Part({ title, pairs }: { title: string; pairs: PairsOf }) {
  if (Object.keys(pairs).length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <Pairs pairs={pairs} />
    </section>
  );
}

function Whole({ record }: { record: LogRecord }) {
  const { language } = useReader();
  const words = logWords[language];
  return (
    <div className="log-whole">
      {record.trace_id !== "" && (
        <p className="log-links">
          <Link to={`traces/${record.trace_id}`} changes={{ span: record.span_id || null }}>
            {words.trace}
          </Link>
          <Link to="logs" changes={{ trace_id: record.trace_id }}>
            {words.sameTrace}
          </Link>
        </p>
      )}
      <pre tabIndex={0} aria-label={words.line}>
        {wholeOf(record.body)}
      </pre>
      <Part title={words.attributes} pairs={record.attributes} />
      <Part title={words.resource} pairs={record.resource} />
    </div>
  );
}

/** Nanoseconds as text, cut to what a number holds. */
function secondsOf(nanoseconds: string): number {
  return Number(nanoseconds) / 1e9;
}

export const Record = memo(({ record }: { record: LogRecord }) => {
  const { language, format } = useReader();
  const words = logWords[language];
  const [open, setOpen] = useState(false);
  const severity = severityOf(record.severity_number);
  const [told, rest] = lineOf(record);
  return (
    <details className="log" data-severity={severity ?? "none"} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <time className="log-time">{format.moment(secondsOf(record.time_ns))}</time>
        <span className="log-severity">{severity === null ? record.severity : severityTitle(severity, words)}</span>
        <span className="log-service">{record.service}</span>
        <span className="log-line">
          <b>{told}</b> {rest}
        </span>
      </summary>
      {open && <Whole record={record} />}
    </details>
  );
});
