"""`kansoku notify …`: the channels of `kansoku.toml`, and a test message to one of them."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from kansoku.catalog.text import Language, Text
from kansoku.cli.table import aligned, plain
from kansoku.cli.upkeep import said, spoken
from kansoku.errors import SettingError

if TYPE_CHECKING:
    from kansoku.notify.outcome import Outcome
    from kansoku.settings.channels import Channel, NotifySettings
    from kansoku.settings.defined import Defined

FAILED = 1

_NO_CHANNELS = Text(
    "no channel is set: add [[channels]] to kansoku.toml (docs/notifications.md)",
    "チャネルがありません。kansoku.toml に [[channels]] を書いてください(docs/notifications.md)",
)
_UNKNOWN = Text("there is no channel {0}; there are: {1}", "チャネル {0} はありません。あるのは: {1}")
_NO_ALERT = Text("{0}: {1} names {2}, which is none", "{0}: {1} の {2} は存在しません")
_RESULTS = {
    "sent": Text("{0}: sent. {1}", "{0}: 送信しました。{1}"),
    "later": Text(
        "{0}: not sent, and a real message would be tried again. {1}",
        "{0}: 送信できませんでした(実際の通知なら再試行します)。{1}",
    ),
    "refused": Text(
        "{0}: refused, and a real message would be given up. {1}",
        "{0}: 拒否されました(実際の通知なら再試行しません)。{1}",
    ),
}
_HEAD = (
    Text("CHANNEL", "チャネル"),
    Text("KIND", "種別"),
    Text("LANGUAGE", "言語"),
    Text("GETS", "届くもの"),
    Text("SECRETS", "秘密情報"),
)
_THERE, _NONE_NEEDED = Text("there", "あり"), Text("none", "不要")

Lang = Annotated[
    str, typer.Option("--language", "--lang", help="en or ja.", show_default="as the locale says")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Who is told of alarms: the channels, and a test of one.", no_args_is_help=True)
    group.command(name="test", help=send_test.__doc__)(send_test)
    group.command(name="list", help=list_channels.__doc__)(list_channels)
    app.add_typer(group, name="notify")


def send_test(
    channel: Annotated[str, typer.Argument(help="The channel's name in kansoku.toml.")], language: Lang = ""
) -> int:
    """Send a test message to a channel, labelled as one. Exit code: 0 sent, 1 not."""
    told_in = spoken(language)
    told = _settings().notify
    found = next((one for one in told.channels if one.common.name == channel), None)
    if found is None:
        names = ", ".join(one.common.name for one in told.channels)
        _say(_UNKNOWN if names else _NO_CHANNELS, told_in, channel, names, error=True)
        return FAILED
    outcomes = _tried(told, found, told_in if language else None)
    for outcome in outcomes:
        failed = outcome.kind != "sent"
        _say(_RESULTS[outcome.kind], told_in, channel, outcome.said, error=failed)
    return 0 if all(outcome.kind == "sent" for outcome in outcomes) else FAILED


def list_channels(language: Lang = "") -> int:
    """List the channels, what each gets, and whether its secrets are there.

    Exit code: 1 if one is not, or a channel names an alert or a group that there is not.
    """
    told_in = spoken(language)
    known = _settings()
    told = known.notify
    if not told.channels:
        _say(_NO_CHANNELS, told_in)
        return 0
    rows = [_row(told, one, told_in) for one in told.channels]
    typer.echo(aligned([[said(text, told_in) for text in _HEAD], *(cells for cells, _ in rows)]))
    names = _unknown(known)
    for channel, key, name in names:
        _say(_NO_ALERT, told_in, channel, key, name, error=True)
    return 0 if all(fine for _, fine in rows) and not names else FAILED


def _unknown(known: "Defined") -> list[tuple[str, str, str]]:
    """Names in routes that no alert has, with the channel and the key."""
    from kansoku.catalog.alert_pack import OWN
    from kansoku.notify.routing import unknown

    alerts = (*known.alerts, *OWN)
    return [
        (one.common.name, key, name)
        for one in known.notify.channels
        for key, name in unknown(one.common.route, alerts)
    ]


def _tried(told: "NotifySettings", channel: "Channel", language: Language | None) -> "list[Outcome]":
    """The outcome of a test message; where it opens an incident, of the end of that too."""
    from kansoku.notify.delivery import Delivery, takes_incidents
    from kansoku.notify.rehearsal import ended, in_language, rehearsal

    if language is not None:
        channel = in_language(channel, language)
    now, delivery = time.time(), Delivery(told)
    item = rehearsal(now)
    outcomes = [delivery.send(channel, [item], now)]
    if takes_incidents(channel) and outcomes[0].kind == "sent":
        outcomes.append(delivery.send(channel, [ended(item, now)], now))
    return outcomes


def _row(told: "NotifySettings", channel: "Channel", language: Language) -> tuple[list[str], bool]:
    """A channel's line, and whether it could be told."""
    from kansoku.notify.delivery import Delivery, secrets

    kind = type(channel).__name__.lower()
    common, route = channel.common, channel.common.route
    parts = [
        *route.alerts,
        *(f"{name}/*" for name in route.groups or ()),
        *(route.severities if route.groups is None else ()),
    ]
    services = f" [{', '.join(route.services)}]" if route.services is not None else ""
    try:
        Delivery(told).check(channel)
        there = ", ".join(one.shown for one in secrets(channel))
        state, fine = f"{said(_THERE, language)} ({there})" if there else said(_NONE_NEEDED, language), True
    except SettingError as error:
        state, fine = str(error), False
    return [common.name, kind, common.language, ", ".join(parts) + services, state], fine


def _settings() -> "Defined":
    """What `kansoku.toml` says, alerts that name a channel included; one that is wrong ends the command."""
    from kansoku.cli.server import ServerProblem
    from kansoku.settings import settings
    from kansoku.settings.defined import defined

    try:
        return defined(settings())
    except SettingError as error:
        raise ServerProblem(str(error), FAILED) from None


def _say(text: Text, language: Language, *words: str, error: bool = False) -> None:
    typer.echo(plain(said(text, language, *words)), err=error)
