/** Rows and columns as they came, numbers aligned, each in its column's unit. */

import type { Cell, Column, TablePanel } from "../api.ts";
import { Link } from "../link.tsx";
import { type Reader, useReader } from "../reader.ts";

function cellText(cell: Cell, column: Column, { words, format, text }: Reader): string {
  if (cell === null || cell === "") return "–";
  switch (typeof cell) {
    case "number":
      return format.cell(cell, column.unit);
    case "boolean":
      return cell ? words.yes : words.no;
    case "string": {
      const read = column.words?.[cell];
      return read === undefined ? cell : text(read);
    }
  }
}

function isNumeric(column: Column): boolean {
  return column.unit !== null && column.unit !== "time";
}

/** An id of a trace opens it; a value that there is a filter for chooses its rows. */
function Shown({ column, cell, shown }: { column: Column; cell: Cell; shown: string }) {
  const { words } = useReader();
  if (typeof cell !== "string" || cell === "") return shown;
  if (column.id === "trace_id") return <Link to={`traces/${cell}`}>{words.openTrace}</Link>;
  if (!column.filter) return shown;
  return (
    <Link to="" changes={{ [column.filter]: cell }} stay>
      {shown}
    </Link>
  );
}

export function Table({ title, panel }: { title: string; panel: TablePanel }) {
  const reader = useReader();
  return (
    <div className="scroll" role="figure" aria-label={title} tabIndex={0}>
      <table className="rows" aria-label={title}>
        <thead>
          <tr>
            {panel.columns.map((column) => (
              <th key={column.id} scope="col" className={isNumeric(column) ? "numeric" : undefined}>
                {reader.text(column.title)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {panel.rows.map((row, at) => (
            <tr key={at}>
              {panel.columns.map((column, index) => {
                const shown = cellText(row[index] ?? null, column, reader);
                return (
                  <td
                    key={column.id}
                    className={isNumeric(column) ? "numeric" : undefined}
                    title={typeof row[index] === "string" ? shown : undefined}
                  >
                    <Shown column={column} cell={row[index] ?? null} shown={shown} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
