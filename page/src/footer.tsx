/** What the store has not counted, told openly at the foot of every page. */

import type { Honesty } from "./api.ts";
import { useReader } from "./reader.ts";

export function Footer({ honesty }: { honesty: Honesty | undefined }) {
  const { words, format } = useReader();
  const setAside = ({ set_aside_since: since, set_aside_reason: reason }: Honesty): string =>
    since === null
      ? words.segmentsSetAside
      : words.segmentsSetAsideSince(format.ago(Date.now() / 1_000 - since), reason);
  const facts: readonly (readonly [number, string])[] =
    honesty === undefined
      ? []
      : [
          [honesty.calls, words.storedCalls],
          [honesty.unpriced, words.unpricedCalls],
          ...Object.entries(honesty.duplicates).map(
            ([pair, count]) => [count, words.duplicateCalls(pair)] as const,
          ),
          [honesty.segments_waiting, words.segmentsWaiting],
          [honesty.segments_set_aside, setAside(honesty)],
          [honesty.rejected_requests, words.rejectedRequests],
          [honesty.rejected_items, words.rejectedItems],
          [honesty.late_rows, words.lateRows],
          [honesty.store_restarts, words.storeRestarts],
          [honesty.notices_waiting, words.noticesWaiting],
          [honesty.notices_lost, words.noticesLost],
        ];
  return (
    <footer className="foot">
      <h2 className="unseen">{words.store}</h2>
      <ul>
        {facts.map(([count, what]) => (
          <li key={what}>
            <b>{format.number(count)}</b> {what}
          </li>
        ))}
      </ul>
    </footer>
  );
}
