"""`kansoku alerts`: what fires or may soon, since when, and who caused it."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, cast

import typer

from kansoku.catalog.measures import Unit
from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.cli.server import Server
from kansoku.cli.table import aligned, plain
from kansoku.cli.upkeep import Lang, said, spoken
from kansoku.judge import figures

QUIET, TICKET, PAGE, BLIND = 0, 1, 2, 3
"""Exit codes: nothing fires, something does, something does that a person must see at once, nobody knows."""

_STALE_S = 120.0

_STATES = {"firing": Text("FIRING", "発火中"), "pending": Text("pending", "保留中")}
_HEALTH = {"no_data": Text("no data", "データなし"), "failed": Text("FAILED", "評価失敗")}
_HEADER = (
    Text("STATE", "状態"),
    Text("SEVERITY", "重大度"),
    Text("ALERT", "アラート"),
    Text("VALUE", "値"),
    Text("SINCE (UTC)", "開始 (UTC)"),
    Text("WHAT", "内容"),
)
_NOTHING = Text("Nothing fires. {0} alerts were evaluated at {1} UTC.", "発火なし。{1} UTC に {0} 件を評価。")
_NEVER = Text("Alerts have not been evaluated yet.", "アラートはまだ評価されていません。")
_STALE = Text("Alerts were last evaluated at {0} UTC.", "アラートの最終評価は {0} UTC です。")
_CAUSES = Text("caused by {0}", "主因: {0}")
_LEFT = Text("error budget left: {0}", "エラーバジェット残り: {0}")
_SILENCED = Text("silenced by {0}", "サイレンス中: {0}")
_INHIBITED = Text("told by {0}", "{0} が代わりに通知")
_REFUSED = Text(
    "The settings in force are older than the file, which cannot be used: {0}",
    "設定ファイルを使用できないため、以前の設定のまま動作しています: {0}",
)
_FAILED = Text("{0} could not be evaluated: {1}", "{0} を評価できません: {1}")

Answered = Mapping[str, object]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="alerts", help=alerts.__doc__)(alerts)


def alerts(
    url: Annotated[str, typer.Option(help="The server's address.")] = URL,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also the alerts that are quiet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The server's answer as JSON.")] = False,
    lang: Lang = "",
) -> int:
    """List the alerts that fire or are pending.

    Exit code: 0 nothing fires, 1 a ticket does, 2 a page does, 3 alerts are not evaluated, 4 no answer.
    What is silenced, what another alarm tells of and what is only for information does not count. Alerts are
    not evaluated where most of them fail, too.
    """
    language = spoken(lang)
    server = Server(url)
    answer = server.get("api/alerts")
    with server.understood():
        words = json.dumps(answer, ensure_ascii=False, indent=2) if as_json else told(answer, language, every)
        code = exit_code(answer, time.time())
    typer.echo(words)
    return code


def exit_code(answer: Answered, now: float) -> int:
    """What the command ends with."""
    at, severities = answer["evaluated_at"], _by_name(answer)
    loud = {
        str(severities[str(one["name"])]["severity"])
        for one in _maps(answer["active"])
        if one["state"] == "firing" and not _quiet_by(one) and str(one["name"]) in severities
    }
    if not isinstance(at, int | float) or now - at > _STALE_S:
        return BLIND
    if loud & {"page", "ticket"}:
        return PAGE if "page" in loud else TICKET
    return BLIND if 2 * len(_failed(answer)) > len(severities) else QUIET


def told(answer: Answered, language: Language, every: bool = False) -> str:  # noqa: FBT001, FBT002
    """The answer as people read it: a line for each alarm, with what is known of it below."""
    known = _by_name(answer)
    active = [one for one in _maps(answer["active"]) if one["state"] in _STATES]
    rows = [[text.as_dict()[language] for text in _HEADER]]
    rows += [_row(one, known.get(str(one["name"]), {}), language) for one in active]
    lines = aligned(rows).split("\n") if active else []
    for place, one in reversed(list(enumerate(active, start=1))):
        lines[place + 1 : place + 1] = [f"    {plain(words)}" for words in _details(one, language)]
    lines += [said(_FAILED, language, str(one["name"]), plain(str(one["error"]))) for one in _failed(answer)]
    if refused := answer.get("settings_error"):
        lines.append(said(_REFUSED, language, plain(str(refused))))
    if every:
        lines += ["", aligned([_quiet(one, language) for one in known.values()])]
    return "\n".join([*lines, *evaluated(answer, language, bool(active))])


def _row(one: Answered, alert: Answered, language: Language) -> list[str]:
    value, unit = one["value"], str(alert.get("unit", "count"))
    shown = figures.amount(float(value), cast("Unit", unit)) if isinstance(value, int | float) else None
    labels = ", ".join(f"{name}={held}" for name, held in sorted(cast("Answered", one["labels"]).items()))
    title = cast("Mapping[str, str]", alert.get("title", {})).get(language, "")
    return [
        _STATES[str(one["state"])].as_dict()[language],
        str(alert.get("severity", "")),
        f"{one['name']}{{{labels}}}" if labels else str(one["name"]),
        "–" if shown is None else shown.as_dict()[language],
        clock(one["active_since"]),
        title,
    ]


def _details(one: Answered, language: Language) -> list[str]:
    """Who caused it, what is left of the budget, and why it is not told."""
    lines: list[str] = []
    causes = [
        f"{cause['field']} {cause['value']} {float(cast('float', cause['share'])):.0%}"
        for cause in _maps(one["causes"])
    ]
    if causes:
        lines.append(said(_CAUSES, language, ", ".join(causes)))
    left = one["budget_left"]
    if isinstance(left, int | float):
        lines.append(said(_LEFT, language, figures.amount(float(left), "ratio").as_dict()[language]))
    for text, names in ((_SILENCED, one["silenced_by"]), (_INHIBITED, one["inhibited_by"])):
        if names:
            lines.append(said(text, language, ", ".join(map(str, cast("Sequence[object]", names)))))
    return lines


def _quiet(alert: Answered, language: Language) -> list[str]:
    """An alert, whatever its state."""
    health = _HEALTH.get(str(alert["health"]))
    title = cast("Mapping[str, str]", alert["title"])[language]
    return [
        str(alert["state"]),
        str(alert["severity"]),
        str(alert["name"]),
        health.as_dict()[language] if health else str(alert["health"]),
        title,
    ]


def evaluated(answer: Answered, language: Language, active: bool) -> list[str]:  # noqa: FBT001
    """When, if it must be said."""
    at = answer["evaluated_at"]
    if not isinstance(at, int | float):
        return [said(_NEVER, language)]
    if time.time() - at > _STALE_S:
        return [said(_STALE, language, clock(at))]
    return (
        []
        if active
        else [said(_NOTHING, language, str(len(_by_name(answer)) - len(_failed(answer))), clock(at))]
    )


def clock(at: object) -> str:
    """A moment as a person reads it, in UTC."""
    return f"{datetime.fromtimestamp(float(cast('float', at)), UTC):%Y-%m-%d %H:%M:%S}"


def _quiet_by(one: Answered) -> bool:
    """Whether nobody is told of it: it is silenced, or another speaks for it, silenced or not."""
    return bool(one["silenced_by"] or one["inhibited_by"])


def _failed(answer: Answered) -> list[Answered]:
    """The alerts whose last evaluation failed."""
    return [one for one in _maps(answer["alerts"]) if one["health"] == "failed"]


def _by_name(answer: Answered) -> Mapping[str, Answered]:
    return {str(one["name"]): one for one in _maps(answer["alerts"])}


def _maps(value: object) -> list[Answered]:
    return [cast("Answered", one) for one in cast("Sequence[object]", value)]
