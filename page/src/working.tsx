/** A question that takes long: that it is being worked on, for how long, and a way to stop it. */

import { hashKey, type QueryKey } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useReader } from "./reader.ts";
import { client, stopped } from "./refresh.ts";

/** So long nothing is said: most answers are there before it could be read. */
const QUIET_MS = 1_000;

interface Asked {
  readonly data: unknown;
  readonly error: Error | null;
  readonly isFetching: boolean;
  readonly isPlaceholderData: boolean;
  readonly refetch: () => unknown;
}

/** Milliseconds since it began, told each second; null while nothing is being waited for. */
function useWaited(waiting: boolean, key: string): number | null {
  const [waited, setWaited] = useState<number | null>(null);
  useEffect(() => {
    setWaited(null);
    if (!waiting) return;
    const began = performance.now();
    const timer = setInterval(() => setWaited(performance.now() - began), QUIET_MS);
    return () => clearInterval(timer);
  }, [waiting, key]);
  return waiting ? waited : null;
}

export function Working({ query, queryKey }: { query: Asked; queryKey: QueryKey }) {
  const { words, format } = useReader();
  const key = hashKey(queryKey);
  const isMissing = query.data === undefined || query.isPlaceholderData;
  const waited = useWaited(query.isFetching && isMissing, key);
  const [, setTurn] = useState(0);
  if (isMissing && !query.isFetching && stopped.has(key)) {
    const again = (): void => {
      stopped.delete(key);
      void query.refetch();
    };
    return (
      <p className="working" role="status">
        {words.stopped}{" "}
        <button type="button" onClick={again}>
          {words.askAgain}
        </button>
      </p>
    );
  }
  if (waited === null) return null;
  const stop = (): void => {
    stopped.add(key);
    void client.cancelQueries({ queryKey, exact: true });
    setTurn((turn) => turn + 1);
  };
  return (
    <p className="working">
      <span role="status">{words.stillWorking}</span>
      {/* Each second would be told, if it were part of the status. */}
      <span aria-hidden="true">{format.seconds(Math.floor(waited / 1_000))}</span>
      <button type="button" onClick={stop}>
        {words.cancel}
      </button>
    </p>
  );
}
