"""`kansoku reprice`: stored calls priced again with the tables and the `kansoku.toml` of today."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, cast

import typer

from kansoku.catalog.settings import URL
from kansoku.cli.server import Server
from kansoku.cli.table import aligned, plain

_PATIENCE_S = 900.0

Answered = Mapping[str, object]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="reprice", help=reprice.__doc__)(reprice)


def reprice(
    since: Annotated[
        str, typer.Option(help="From this day or time on (UTC), as in 2026-11-01.", show_default=False)
    ],
    until: Annotated[str, typer.Option(help="Until before this day or time (UTC); else all.")] = "",
    model: Annotated[str, typer.Option(help="Only calls of this model.")] = "",
    url: Annotated[str, typer.Option(help="The server's address.")] = URL,
    *,
    only_unpriced: Annotated[bool, typer.Option("--only-unpriced", help="Leave known prices alone.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> int:
    """Price stored calls again with the server's price tables and kansoku.toml of today."""
    asked: dict[str, object] = {
        "since": _second(since, "--since"),
        "model": model,
        "only_unpriced": only_unpriced,
        "dry_run": dry_run,
    }
    if until:
        asked["until"] = _second(until, "--until")
    server = Server(url, timeout_s=_PATIENCE_S)
    answer = server.post("api/reprice", asked)
    with server.understood():
        words = told(answer, dry_run=dry_run)
    typer.echo(words)
    return 0


def told(answer: Answered, *, dry_run: bool = False) -> str:
    """The answer as people read it: what changed, a line for each model, and what has no price."""
    calls, changed = _count(answer["calls"]), _count(answer["changed"])
    verb = "would change" if dry_run else "changed"
    models = [cast("Answered", one) for one in cast("Sequence[object]", answer["models"])]
    lines = [f"{calls:,} calls priced again; {changed:,} {verb}."]
    if models:
        lines += ["", aligned([_HEADER, *map(_row, models)], right=frozenset({1, 2, 3}))]
    lines += [
        f"unpriced: {_count(n):,} calls ({plain(reason)})"
        for reason, n in sorted(cast("Mapping[str, object]", answer["unpriced"]).items())
    ]
    if kept := _count(answer["kept_iterations"]):
        lines.append(f"kept: {kept:,} calls whose usage holds iterations, whose tokens are not stored")
    if kept := _count(answer["kept_unknown"]):
        lines.append(f"kept: {kept:,} calls priced before by a table that is not here now")
    return "\n".join(lines)


_HEADER = ["MODEL", "CALLS", "USD BEFORE", "USD AFTER"]


def _row(one: Answered) -> list[str]:
    before, after = (float(cast("float", one[name])) for name in ("usd_before", "usd_after"))
    return [plain(str(one["model"])), f"{_count(one['calls']):,}", f"{before:,.6f}", f"{after:,.6f}"]


def _count(value: object) -> int:
    return int(cast("int", value))


def _second(text: str, option: str) -> int:
    """Unix seconds of a day or time; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no day or time; write it as in 2026-11-01 or 2026-11-01T09:00", param_hint=option
        ) from None
    zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
    return int(zoned.timestamp())
