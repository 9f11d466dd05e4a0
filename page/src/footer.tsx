/** What the store has not counted, told openly at the foot of every page. */

import type { Honesty } from "./api.ts";
import { useReader } from "./reader.ts";

export function Footer({ honesty }: { honesty: Honesty | undefined }) {
  const { words, format } = useReader();
  const facts: readonly (readonly [number, string])[] =
    honesty === undefined
      ? []
      : [
          [honesty.calls, words.storedCalls],
          [honesty.unpriced, words.unpricedCalls],
          [honesty.segments_waiting, words.segmentsWaiting],
          [honesty.segments_set_aside, words.segmentsSetAside],
          [honesty.rejected_requests, words.rejectedRequests],
          [honesty.rejected_items, words.rejectedItems],
          [honesty.late_rows, words.lateRows],
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
