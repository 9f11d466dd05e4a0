/** One number, large, with the size of the sample it stands on. */

import type { StatPanel } from "../api.ts";
import { useReader } from "../reader.ts";

export function Stat({ title, panel }: { title: string; panel: StatPanel }) {
  const { words, format } = useReader();
  return (
    <div className="stat" role="figure" aria-label={title}>
      <p className="stat-value">
        {panel.value === null ? (
          <span className="absent">{words.no_data}</span>
        ) : (
          format.value(panel.value, panel.unit)
        )}
      </p>
      <p className="stat-n">
        {words.samples} {format.number(panel.n)}
        {panel.low != null && panel.high != null && (
          <span title={words.intervalMeaning}>
            {" · "}
            {format.value(panel.low, panel.unit)} – {format.value(panel.high, panel.unit)}
          </span>
        )}
        {panel.before !== undefined && panel.before !== null && (
          <>
            {" · "}
            {words.before} {format.value(panel.before, panel.unit)}
          </>
        )}
      </p>
    </div>
  );
}
