"""`kansoku slo …`: the objectives, what is left of their error budgets, and whether they can be judged."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from kansoku.catalog.measures import Unit
from kansoku.catalog.settings import URL
from kansoku.catalog.spans import span
from kansoku.catalog.text import Language, Text
from kansoku.cli.alerts import clock
from kansoku.cli.server import UNREACHABLE, Server, ServerProblem
from kansoku.cli.slo_import import import_slos
from kansoku.cli.table import aligned, plain
from kansoku.cli.upkeep import AsJson, Lang, Url, said, spoken
from kansoku.errors import SettingError
from kansoku.judge import figures

KEPT, MISSED = 0, 1
"""Exit codes: every budget lasts; one burns too fast or is used up."""

WRONG = 1
"""Exit code of a file of settings that cannot be used."""

_STATES = {
    "ok": Text("ok", "正常"),
    "burning": Text("BURNING", "消費中"),
    "exhausted": Text("EXHAUSTED", "枯渇"),
    "low_traffic": Text("low traffic", "件数不足"),
    "no_data": Text("no data", "データなし"),
}
_HEADER = (
    Text("OBJECTIVE", "目標"),
    Text("TARGET", "目標値"),
    Text("OVER", "期間"),
    Text("VALUE", "実績"),
    Text("BUDGET LEFT", "予算残り"),
    Text("BURN RATE", "消費速度"),
    Text("LASTS", "残り時間"),
    Text("STATE", "状態"),
    Text("", ""),
)
_BURNS = (
    Text("BURN RATE OVER", "消費速度の期間"),
    Text("NOW", "現在"),
    Text("ALERTS ABOVE", "発火しきい値"),
    Text("SEVERITY", "重大度"),
)
_DAYS = (
    Text("DAY ENDS (UTC)", "日の終わり (UTC)"),
    Text("EVENTS", "件数"),
    Text("BAD", "不良"),
    Text("LEFT", "残り"),
)
_COST = Text(
    "This month cost {0} of {1}; {2} by its end at the present pace.",
    "今月のコスト: {1} のうち {0}(現在のペースで月末 {2})。",
)
_WARNING = Text("warning: {0}", "警告: {0}")
_ERRORS = Text("{0} cannot be used", "{0} は使えません")
_FINE = Text(
    "{0}: {1} objectives and {2} alerts, no error.", "{0}: 目標 {1} 件、アラート {2} 件。エラーはありません。"
)
_UNKNOWN = Text("there is no objective {0}; there are: {1}", "目標 {0} はありません。あるのは: {1}")
_PAST = (
    Text("FIRED (UTC)", "発火 (UTC)"),
    Text("RESOLVED (UTC)", "解消 (UTC)"),
    Text("LASTED", "継続時間"),
    Text("ALERT", "アラート"),
    Text("VALUE", "値"),
)
_STILL = Text("still fires", "発火中")
_QUIET = Text("Would not have fired: {0}", "発火しなかったもの: {0}")
_MISSED = Text(
    "MISSED: {0} burned too fast from {1} to {2} ({3}), and none of its alerts fired.",
    "見逃し: {0} の予算が {1} から {2} まで({3})速く消費されましたが、発火したアラートはありません。",
)
_NONE_MISSED = Text("{0}: nothing was missed.", "{0}: 見逃しはありません。")
_ENDS = (("fired_at", "from"), ("resolved_at", "to"))
_LASTS_LEAST_S = 60
_LONG_S = 600.0

Answered = Mapping[str, object]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Objectives, their error budgets, and alerts over the past.", no_args_is_help=True
    )
    group.command(name="list", help=list_slos.__doc__)(list_slos)
    group.command(name="show", help=show.__doc__)(show)
    group.command(name="validate", help=validate.__doc__)(validate)
    group.command(name="backtest", help=backtest.__doc__)(backtest)
    group.command(name="export", help=export.__doc__)(export)
    group.command(name="import", help=import_slos.__doc__)(import_slos)
    app.add_typer(group, name="slo")


def list_slos(url: Url = URL, *, as_json: AsJson = False, lang: Lang = "") -> int:
    """List the objectives and what is left of each error budget.

    Exit code: 0 every budget lasts, 1 one burns too fast or is used up, 4 no answer.
    """
    language, server = spoken(lang), Server(url)
    answer = server.get("api/slos")
    with server.understood():
        words = json.dumps(answer, ensure_ascii=False, indent=2) if as_json else told(answer, language)
        code = exit_code(_maps(answer["slos"]), answer["cost"])
    typer.echo(words)
    return code


def show(
    name: Annotated[str, typer.Argument(help="The objective's name, as kansoku slo list has it.")],
    url: Url = URL,
    *,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Show one objective: burn rates, and what each day left of its budget. Exit code: as of list."""
    language, server = spoken(lang), Server(url)
    answer = server.get("api/slos")
    with server.understood():
        slos = {str(one["name"]): one for one in _maps(answer["slos"])}
    if name not in slos:
        raise ServerProblem(said(_UNKNOWN, language, plain(name), ", ".join(map(plain, slos))), WRONG)
    days = server.get(f"api/slos/{name}")
    with server.understood():
        slo = {**slos[name], "days": days["days"]}
        words = json.dumps(slo, ensure_ascii=False, indent=2) if as_json else detailed(slo, language)
        code = exit_code([slo], None)
    typer.echo(words)
    return code


def validate(
    file: Annotated[
        Path | None,
        typer.Argument(help="A file of settings.", show_default="kansoku.toml, or KANSOKU_CONFIG"),
    ] = None,
    url: Annotated[
        str, typer.Option(help="A server, to warn of what its traffic is too low for.", show_default=False)
    ] = "",
    *,
    lang: Lang = "",
) -> int:
    """Check objectives, alerts and budget of a file of settings, every error of it.

    Exit code: 0 no error, warnings or not; 1 errors.
    """
    from kansoku.judge.budget import warnings
    from kansoku.settings import parsed, settings
    from kansoku.settings.defined import defined
    from kansoku.settings.entry import Faults

    language, faults = spoken(lang), Faults(collect=True)
    try:
        read = settings() if file is None else parsed(file.read_text(encoding="utf-8"), str(file))
    except (OSError, ValueError) as error:
        raise ServerProblem(
            f"{file}: cannot be read ({error}); it must be a file of UTF-8 text", WRONG
        ) from None
    except SettingError as error:
        raise ServerProblem(str(error), WRONG) from None
    found = defined(read, faults)
    warned = [one.as_dict()[language] for slo in found.slos for one in warnings(slo)]
    for text in dict.fromkeys((*warned, *(_of_traffic(url, language) if url else ()))):
        typer.echo(said(_WARNING, language, plain(text)))
    for fault in faults.found:
        typer.echo(f"kansoku: {plain(str(fault))}", err=True)
    name = read.document.name if read.document else "kansoku.toml"
    if faults.found:
        sys.stderr.write(f"kansoku: {said(_ERRORS, language, plain(name))}\n")
        return WRONG
    typer.echo(said(_FINE, language, plain(name), str(len(found.slos)), str(len(found.alerts))))
    return 0


def _of_traffic(url: str, language: Language) -> list[str]:
    """What a server warns of, too little traffic included, as it has the objectives."""
    server = Server(url)
    answer = server.get("api/slos")
    with server.understood():
        return [str(text[language]) for slo in _maps(answer["slos"]) for text in _maps(slo["warnings"])]


def backtest(
    names: Annotated[
        list[str] | None, typer.Argument(help="Alerts by name.", show_default="every alert")
    ] = None,
    window: Annotated[str, typer.Option(help="15m, 1h, 6h, 24h, 7d or 30d.")] = "30d",
    file: Annotated[
        Path | None,
        typer.Option(help="Definitions of this file of settings.", show_default="those that the server runs"),
    ] = None,
    url: Url = URL,
    *,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Run alerts over what is stored: when they would have fired, how long, and what they would have missed.

    Exit code: 0 it was run, whatever would have fired, 1 it could not be run, 4 no answer.
    """
    language, server = spoken(lang), Server(url, timeout_s=_LONG_S)
    asked: dict[str, object] = {"names": list(names or ()), "window": window}
    if file is not None:
        try:
            asked["toml"] = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ServerProblem(f"--file {file}: cannot be read ({error})", WRONG) from None
    answer = _run(server, asked) if sys.stderr.isatty() else server.post("api/alerts/backtest", asked)
    with server.understood():
        words = json.dumps(answer, ensure_ascii=False, indent=2) if as_json else past(answer, language)
    typer.echo(words)
    return 0


def _run(server: Server, asked: dict[str, object]) -> Answered:
    """Runs alerts over the past, and says on the terminal how far that is. An interrupt ends it there too."""
    try:
        for line in server.lines("api/alerts/backtest", {**asked, "progress": True}):
            if "error" in line:
                with server.understood():
                    raise ServerProblem(str(cast("Answered", line["error"])["message"]), WRONG)
            if "answer" in line:
                return cast("Answered", line["answer"])
            if told := plain(str(line.get("told") or "")):
                sys.stderr.write(f"\r\x1b[K{told}")
                sys.stderr.flush()
    finally:
        sys.stderr.write("\r\x1b[K")
    raise ServerProblem(f"the server at {server.url} ended before it answered; run it again", UNREACHABLE)


def export(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to write to.", show_default=False)
    ],
    format: Annotated[Literal["sloth", "openslo"], typer.Option(help="Whose specification.")],  # noqa: A002
    service: Annotated[str, typer.Option(help="The service's name in it.")] = "kansoku",
) -> int:
    """Write the objectives as specifications for Sloth or of OpenSLO; what they cannot say is told.

    Exit code: 0 all are written, 1 some cannot be.
    """
    from kansoku.publish.slo_specs import specs
    from kansoku.settings import settings
    from kansoku.settings.defined import defined

    try:
        made = specs(defined(settings()).slos, format, service)
    except SettingError as error:
        raise ServerProblem(str(error), WRONG) from None
    for name, text in made.files.items():
        try:
            output.mkdir(parents=True, exist_ok=True)
            (output / name).write_text(text, encoding="utf-8")
        except OSError as error:
            why = f"--output {output}: cannot be written ({error.strerror or error}); name another folder"
            raise ServerProblem(why, WRONG) from None
        typer.echo(str(output / name))
    for name, why in made.unsaid.items():
        typer.echo(f"kansoku: {plain(name)}: {format} does not say {why}", err=True)
    for name, why in made.left_out.items():
        typer.echo(f"kansoku: {plain(name)} is left out: {plain(why)}", err=True)
    return WRONG if made.left_out else 0


def exit_code(slos: Sequence[Answered], cost: object) -> int:
    """What the commands end with."""
    states = {str(one["state"]) for one in slos}
    if isinstance(cost, dict):
        states.add(str(cast("Answered", cost)["state"]))
    return MISSED if states & {"burning", "exhausted"} else KEPT


def told(answer: Answered, language: Language) -> str:
    """The answer as people read it: a line for each objective, the month's cost, warnings."""
    slos = _maps(answer["slos"])
    rows = [[text.as_dict()[language] for text in _HEADER], *(_row(one, language) for one in slos)]
    lines = [aligned(rows, right=frozenset({1, 3, 4, 5, 6}))]
    cost = answer["cost"]
    if isinstance(cost, dict):
        lines.append(_month(cast("Answered", cost), language))
    lines += [
        said(_WARNING, language, plain(str(text[language])))
        for one in slos
        for text in _maps(one["warnings"])
    ]
    return "\n".join(lines)


def detailed(slo: Answered, language: Language) -> str:
    """One objective as people read it."""
    title, why = (plain(str(cast("Answered", slo[key])[language])) for key in ("title", "why"))
    rows = [[text.as_dict()[language] for text in _HEADER], _row(slo, language)]
    burns = [[text.as_dict()[language] for text in _BURNS]]
    burns += [_burn(one, language) for one in _maps(slo["burns"])]
    days = [[text.as_dict()[language] for text in _DAYS], *map(_day, _maps(slo["days"]))]
    warned = [said(_WARNING, language, plain(str(text[language]))) for text in _maps(slo["warnings"])]
    numbers = frozenset({1, 2, 3})
    parts = [
        f"{title}. {why}" if language == "en" else f"{title}。{why}",
        aligned(rows, right=frozenset({1, 3, 4, 5, 6})),
        aligned(burns, right=frozenset({1, 2})),
        aligned(days, right=numbers),
        *warned,
    ]
    return "\n\n".join(parts)


def past(answer: Answered, language: Language) -> str:
    """What alerts would have done as people read it: a line for each firing, then what was missed."""
    end = float(cast("float", answer["to"]))
    alerts = _maps(answer["alerts"])
    rows = [
        [*_stretch(one, end, language), _named(alert, one), _value(alert, one, language)]
        for alert in alerts
        for one in _maps(alert["firings"])
    ]
    lines = (
        [aligned([[text.as_dict()[language] for text in _PAST], *rows], right=frozenset({2}))] if rows else []
    )
    quiet = [str(one["name"]) for one in alerts if not one["firings"]]
    if quiet:
        lines.append(said(_QUIET, language, ", ".join(quiet)))
    for one in _maps(answer["objectives"]):
        stretches = [_stretch(each, end, language) for each in _maps(one["missed"])]
        for begin, finish, lasted in stretches:
            lines.append(said(_MISSED, language, str(one["slo"]), begin, finish, lasted))
        if not stretches:
            lines.append(said(_NONE_MISSED, language, str(one["slo"])))
    return "\n".join(lines)


def _stretch(one: Answered, end: float, language: Language) -> list[str]:
    """When it began and ended, and how long it was."""
    begins, ends = (one[key] if key in one else one[other] for key, other in _ENDS)
    until = float(cast("float", ends)) if ends is not None else end
    lasted = _lasts(until - float(cast("float", begins)), language)
    still = _STILL.as_dict()[language]
    return [clock(begins), still if ends is None else clock(ends), lasted]


def _named(alert: Answered, one: Answered) -> str:
    labels = ", ".join(f"{key}={value}" for key, value in sorted(cast("Answered", one["labels"]).items()))
    return f"{alert['name']}{{{labels}}}" if labels else str(alert["name"])


def _value(alert: Answered, one: Answered, language: Language) -> str:
    value = _number(one["value"])
    unit = cast("Unit", str(alert["unit"]))
    return "–" if value is None else figures.amount(value, unit).as_dict()[language]


def _row(slo: Answered, language: Language) -> list[str]:
    eligible, bad = _number(slo["eligible"]) or 0.0, _number(slo["bad"]) or 0.0
    target = _number(slo["target"]) or 0.0
    value = 1 - bad / eligible if eligible else None
    state = _STATES.get(str(slo["state"]))
    return [
        str(slo["name"]),
        figures.bound(target, "ratio").as_dict()[language],
        _over(slo, language),
        "–" if value is None else figures.amount(value, "ratio", target).as_dict()[language],
        _share(slo["left"]),
        _rate(slo["rate"]),
        _lasts(slo["lasts_s"], language),
        state.as_dict()[language] if state else str(slo["state"]),
        plain(str(cast("Answered", slo["title"])[language])),
    ]


def _over(slo: Answered, language: Language) -> str:
    """What the budget is of; a server before this one says its seconds alone."""
    if "over" in slo:
        return plain(str(cast("Answered", slo["over"])[language]))
    return span(int(_number(slo["window_s"]) or 0)).as_dict()[language]


def _burn(one: Answered, language: Language) -> list[str]:
    long, short = (span(int(_number(one[key]) or 0)).as_dict()[language] for key in ("long_s", "short_s"))
    return [
        f"{long} / {short}",
        f"{_rate(one['long_rate'])} / {_rate(one['short_rate'])}",
        f"{_number(one['factor']):g}",
        str(one["severity"]),
    ]


def _day(one: Answered) -> list[str]:
    return [
        clock(one["at"]),
        figures.count(int(_number(one["eligible"]) or 0)),
        figures.count(int(_number(one["bad"]) or 0)),
        _share(one["left"]),
    ]


def _month(cost: Answered, language: Language) -> str:
    spent, usd, forecast = (_number(cost[key]) for key in ("spent_usd", "budget_usd", "forecast_usd"))
    shown = ("–" if one is None else figures.amount(one, "usd").en for one in (spent, usd, forecast))
    return said(_COST, language, *shown)


def _share(value: object) -> str:
    share = _number(value)
    return "–" if share is None else f"{figures.figure(share, 'ratio')} %"


def _rate(value: object) -> str:
    rate = _number(value)
    return "–" if rate is None else f"{rate:.3g}"


def _lasts(value: object, language: Language) -> str:
    seconds = _number(value)
    if seconds is None:
        return "–"
    size = next((size for size in (86_400, 3_600, _LASTS_LEAST_S) if seconds >= size), 1)
    return span(int(seconds // size) * size).as_dict()[language] if seconds else "0"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _maps(value: object) -> list[Answered]:
    return [cast("Answered", one) for one in cast("Sequence[object]", value)]
