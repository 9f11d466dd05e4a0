/** What is said when the server cannot be reached or refuses: over old data, or instead of any. */

import type { ReactNode } from "react";
import { FILTERS, goTo } from "./address.ts";
import { ApiError, isGone, wasReached } from "./api.ts";
import { useReader } from "./reader.ts";
import { useNow } from "./refresh.ts";
import type { Words } from "./words.ts";

/** What takes every filter away, the time included. */
export const NO_FILTERS = Object.fromEntries(
  ["window", "from", "to", ...FILTERS].map((name) => [name, null] as const),
);

/** A part of the page that is on its way; `children` say how it goes. */
export function Loading({ children }: { children?: ReactNode }) {
  const { words } = useReader();
  return (
    <>
      <div className="working-line">{children}</div>
      <div className="loading" role="status">
        <span className="unseen">{words.loading}</span>
        <span className="skeleton skeleton-sentence" />
        <span className="skeleton" />
      </div>
    </>
  );
}

/** Why it could not be done, as far as it can be said: a right that is missing in the reader's own language. */
export function reasonOf(error: Error, words: Words): string {
  const right = error instanceof ApiError ? error.right : null;
  return right === null ? error.message : words.lacksRight(right);
}

function Cause({ error }: { error: Error }) {
  const { words } = useReader();
  return (
    <>
      <strong>{wasReached(error) ? words.refused : words.unreachable}</strong>
      {wasReached(error) && <span> {reasonOf(error, words)}</span>}
    </>
  );
}

/** A bar over the page's lower edge: it covers nothing that moves, and moves nothing that is read. */
export function StaleNotice({ error, updated }: { error: Error; updated: number }) {
  const { words, format } = useReader();
  const now = useNow();
  const seconds = updated / 1_000;
  return (
    <aside className="notice" data-state="down" aria-label={words.unreachable}>
      <p>
        <span role="alert">
          <Cause error={error} />
        </span>{" "}
        {words.shownFrom(format.clock(seconds), format.ago(now - seconds))} {words.tryingAgain}
      </p>
    </aside>
  );
}

export function PanelsNotice({ troubles }: { troubles: readonly string[] }) {
  const { words } = useReader();
  return (
    <aside className="notice" data-state="degraded" aria-label={words.panelsFailed}>
      <p role="alert">
        <strong>{words.panelsFailed}</strong> {troubles.join(" · ")}
      </p>
    </aside>
  );
}

interface NotYetProps {
  readonly error: Error | null;
  /** What is said of a thing that the server does not have. */
  readonly gone: string;
  readonly retry: () => void;
}

/** One thing that is not there: it is on its way, there is none, or it could not be had. */
export function NotYet({ error, gone, retry }: NotYetProps) {
  if (error === null) return <Loading />;
  return isGone(error) ? <p role="alert">{gone}</p> : <Unavailable error={error} retry={retry} />;
}

export function Unavailable({ error, retry }: { error: Error; retry: () => void }) {
  const { words } = useReader();
  const wrongFilter = error instanceof ApiError && error.field !== null;
  return (
    <section className="unavailable" data-state="down" aria-labelledby="question">
      <h1 id="question">{words.question}</h1>
      <p role="alert">
        <Cause error={error} />
      </p>
      {!wasReached(error) && (
        <>
          <p>{words.isItUp}</p>
          <pre>
            <code>kansoku up</code>
          </pre>
        </>
      )}
      <p className="quiet">{words.tryingAgain}</p>
      <p>
        <button type="button" onClick={retry}>
          {words.tryNow}
        </button>
        {wrongFilter && (
          <button type="button" onClick={() => goTo(NO_FILTERS)}>
            {words.clearFilters}
          </button>
        )}
      </p>
    </section>
  );
}
