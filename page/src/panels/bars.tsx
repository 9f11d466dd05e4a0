/** One measure by name, largest first: a table whose rows carry their bar. */

import type { Bar, BarsPanel } from "../api.ts";
import { Link } from "../link.tsx";
import { useReader } from "../reader.ts";

function Row({ bar, panel, largest }: { bar: Bar; panel: BarsPanel; largest: number }) {
  const { format, words } = useReader();
  const part = bar.value === null || largest <= 0 ? 0 : Math.max(0, bar.value / largest);
  return (
    <tr>
      <th scope="row" title={bar.label}>
        <span className="bar-label">
          {bar.label === "" ? (
            <span className="absent">{words.unknown}</span>
          ) : panel.filter ? (
            <Link to="" changes={{ [panel.filter]: bar.label }} stay>
              {bar.label}
            </Link>
          ) : (
            bar.label
          )}
        </span>
        {bar.before != null && largest > 0 && (
          <span
            className="bar-before"
            style={{ left: `${Math.min(100, (bar.before / largest) * 100).toFixed(1)}%` }}
            title={`${words.before} ${format.value(bar.before, panel.unit)}`}
          />
        )}
        <span className="bar-fill" style={{ width: `${(part * 100).toFixed(1)}%` }} aria-hidden="true" />
      </th>
      <td>{bar.value === null ? words.no_data : format.value(bar.value, panel.unit)}</td>
      <td className="quiet">{bar.share === null ? "–" : format.share(bar.share)}</td>
      <td className="quiet">{format.number(bar.n)}</td>
    </tr>
  );
}

export function Bars({ title, panel }: { title: string; panel: BarsPanel }) {
  const { words } = useReader();
  const largest = Math.max(0, ...panel.rows.map((bar) => bar.value ?? 0));
  return (
    <div className="scroll" role="figure" aria-label={title} tabIndex={0}>
      <table className="bars" aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{words.name}</th>
            <th scope="col">{words.value}</th>
            <th scope="col">{words.share}</th>
            <th scope="col">{words.samples}</th>
          </tr>
        </thead>
        <tbody>
          {panel.rows.map((bar) => (
            <Row key={bar.label} bar={bar} panel={panel} largest={largest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
