"""`kansoku query`: a read-only SQL statement to the server's store, its rows as table, JSON or CSV."""

import csv
import io
import json
import sys
from collections.abc import Sequence
from typing import Annotated, Literal, assert_never, cast

import typer

from kansoku.catalog.settings import URL
from kansoku.cli.server import Server
from kansoku.cli.table import aligned

Format = Literal["table", "json", "csv"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="query", help=query.__doc__)(query)


def query(
    sql: Annotated[str, typer.Argument(help="A SELECT in ClickHouse's dialect.", show_default=False)],
    url: Annotated[str, typer.Option(help="The server's address.")] = URL,
    format: Annotated[Format, typer.Option(help="How to print the rows.")] = "table",  # noqa: A002
) -> int:
    """Ask the store in SQL. Tables: calls, tool_calls, outcomes, otel_traces, otel_logs, otel_metrics_*."""
    server = Server(url)
    answer = server.post("api/query", {"sql": sql})
    with server.understood():
        columns = [str(cast("dict[str, object]", column)["name"]) for column in _list(answer["columns"])]
        rows = [_list(row) for row in _list(answer["rows"])]
        words = written(columns, rows, format)
    sys.stdout.write(words)
    if answer.get("truncated"):
        typer.echo(f"kansoku: cut after {len(rows):,} rows; narrow the statement", err=True)
    return 0


def written(columns: Sequence[str], rows: Sequence[Sequence[object]], how: Format) -> str:
    """The rows as text that ends with a line break; JSON is an array of one object a row."""
    match how:
        case "table":
            return aligned([columns, *([_cell(cell) for cell in row] for row in rows)]) + "\n"
        case "json":
            objects = [dict(zip(columns, row, strict=True)) for row in rows]
            return json.dumps(objects, ensure_ascii=False, indent=2) + "\n"
        case "csv":
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_cell(cell) for cell in row] for row in rows)
            return text.getvalue()
        case _:
            assert_never(how)


def _cell(cell: object) -> str:
    """The cell as text; null is empty."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
