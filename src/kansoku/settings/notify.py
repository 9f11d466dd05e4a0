"""The `[notify]` table and the `[[channels]]` of a file of settings, checked.

A secret that stands in the file is refused: the file names where it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from kansoku.catalog.alerts import Severity
from kansoku.catalog.text import LANGUAGES, Language
from kansoku.errors import SettingError
from kansoku.settings.channels import (
    BY_DEFAULT,
    EVENTS_AN_HOUR,
    GROUP_WAIT_S,
    MESSAGES_AN_HOUR,
    REPEAT_S,
    SEVERITIES,
    Alertmanager,
    Apprise,
    Channel,
    Common,
    Encryption,
    Mail,
    NotifySettings,
    Opsgenie,
    PagerDuty,
    Route,
    Slack,
    Teams,
    Webhook,
)
from kansoku.settings.document import Document
from kansoku.settings.secret import Place, Secret

TABLE = "channels"
NOTIFY_TABLE = "notify"

_NOTIFY_KEYS = ("url", "language", "runbook", "repeat", "timezone", "group_wait")
_MOST_WAIT_S = 600
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPAN = re.compile(r"([1-9][0-9]{0,4})([smhd])")
_SIZES = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LAST_PORT = 65_535
_ADDRESS = re.compile(r"[^@\s<>,;\"\x00-\x1f\x7f-\uffff]+@[^@\s<>,;\"\x00-\x1f\x7f-\uffff]+")

Element = TypeVar("Element", bound=str)


def notify_of(given: object, channels: object, document: Document) -> NotifySettings:
    """What the file says of telling people. No secret is read yet.

    Raises:
        SettingError: If something in it cannot be used.
    """
    own = _Fields(document, document.table(given, NOTIFY_TABLE, _NOTIFY_KEYS) if given is not None else {})
    defaults = Common(
        "",
        language=own.language("en"),
        repeat_s=own.repeat(REPEAT_S),
        group_wait_s=own.group_wait(GROUP_WAIT_S),
    )
    listed = cast("list[object]", channels) if isinstance(channels, list) else [None]
    if not all(isinstance(one, dict) for one in listed):
        raise document.wrong_at(document.line(TABLE), "channels must be tables; write [[channels]]")
    tables = cast("list[dict[str, object]]", listed)
    return NotifySettings(
        url=own.web("url").rstrip("/"),
        runbook=own.web("runbook"),
        timezone=own.timezone(),
        channels=_distinct([_Entry(document, one, TABLE, at) for at, one in enumerate(tables)], defaults),
    )


def _distinct(entries: "list[_Entry]", defaults: Common) -> tuple[Channel, ...]:
    found: dict[str, Channel] = {}
    for entry in entries:
        channel = entry.channel(defaults)
        if channel.common.name in found:
            raise entry.wrong("name", f"{channel.common.name!r} is another channel's; give each its own")
        found[channel.common.name] = channel
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Fields:
    """A table of the file, read key by key."""

    document: Document
    given: Mapping[str, object]
    table: str = NOTIFY_TABLE
    entry: int = 0

    def text(self, key: str, default: str | None = None) -> str:
        """A text in one line; it must be there unless there is a default."""
        value = self.given.get(key, default)
        if value is None:
            raise self.wrong(key, f'is missing; give it, as in {key} = "…"')
        if not isinstance(value, str) or not value.isprintable() or (key in self.given and not value):
            raise self.wrong(key, f'{value!r} is no text in one line; write {key} = "…"')
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts; None where nothing is said."""
        if key not in self.given:
            return None
        value = self.given[key]
        listed = cast("list[object]", value) if isinstance(value, list) else []
        if not listed or not all(isinstance(one, str) and one for one in listed):
            raise self.wrong(key, f'must be a list of texts, as in {key} = ["…"]; leave it out for any')
        return tuple(cast("list[str]", listed))

    def one_of(self, key: str, known: tuple[Element, ...], default: Element | None = None) -> Element:
        """One of the texts that are known."""
        value = self.given.get(key, default)
        found = next((one for one in known if one == value), None)
        if found is None:
            said = "is missing" if value is None else f"{value!r} is not known"
            raise self.wrong(key, f"{said}; use one of {', '.join(known)}")
        return found

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.given.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, f"{value!r} is neither true nor false")
        return value

    def whole(self, key: str, default: int, most: int) -> int:
        """A whole number from 1 up."""
        value = self.given.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self.wrong(key, f"{value!r} is no whole number from 1 to {most:,}")
        return value

    def language(self, default: Language) -> Language:
        """A language of the product."""
        return self.one_of("language", LANGUAGES, default)

    def repeat(self, default: int | None) -> int | None:
        """Seconds of a span such as 4h; None for never."""
        value = self.given.get("repeat")
        if value is None:
            return default
        if value == "never":
            return None
        found = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if found is None or int(found[1]) * _SIZES[found[2]] < _SIZES["m"]:
            raise self.wrong("repeat", f'{value!r} is no time from a minute up; write "4h", "30m" or "never"')
        return int(found[1]) * _SIZES[found[2]]

    def group_wait(self, default: int) -> int:
        """Seconds of a span such as 1m, or 0."""
        value = self.given.get("group_wait")
        if value is None:
            return default
        if value in ("0s", "0m"):
            return 0
        found = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if found is None or int(found[1]) * _SIZES[found[2]] > _MOST_WAIT_S:
            raise self.wrong("group_wait", f'{value!r} is no time up to ten minutes; write "1m" or "0s"')
        return int(found[1]) * _SIZES[found[2]]

    def timezone(self) -> str:
        """The name of a time zone."""
        value = self.text("timezone", "UTC")
        known = available_timezones()
        if known and value not in known:
            raise self.wrong("timezone", f'{value!r} is not known; use an IANA name, as in "Asia/Tokyo"')
        return value

    def web(self, key: str, default: str = "") -> str:
        """A web address that is no secret."""
        value = self.text(key, default)
        if not value:
            return value
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            raise self.wrong(key, "is no web address; write https://host/…") from None
        if parts.scheme not in ("https", "http") or not parts.hostname or not value.isascii() or " " in value:
            raise self.wrong(key, "is no web address; write https://host/…")
        if parts.username is not None or parts.password is not None:
            raise self.wrong(key, "has a user or password in it, which must not stand in this file")
        return value

    def wrong(self, key: str, why: str) -> SettingError:
        """The error that says where and how."""
        return self.document.wrong(self.table, key, why, self.entry)


class _Entry(_Fields):
    """One `[[channels]]` of the file."""

    def channel(self, defaults: Common) -> Channel:
        """The entry, checked."""
        kind = self.one_of("kind", tuple(_KINDS))
        keys, secrets, make = _KINDS[kind]
        for key in secrets:
            if key in self.given:
                raise self.wrong(key, f"must not stand in this file; name where it is, by {_places(key)}")
        placed = tuple(f"{key}_{place}" for key in secrets for place in ("env", "file"))
        known = (*_COMMON_KEYS, *keys, *placed)
        for key in self.given:
            if key not in known:
                raise self.wrong(key, f"is not known for {kind}; use one of {', '.join(known)}")
        return make(self, self._common(kind, defaults))

    def _common(self, kind: str, defaults: Common) -> Common:
        name = self.text("name")
        if not _NAME.fullmatch(name):
            raise self.wrong("name", f"{name!r} must be letters, digits, dots and dashes, at most 64")
        incidents = kind in ("pagerduty", "opsgenie")
        if "group_wait" in self.given and (incidents or kind == "alertmanager"):
            raise self.wrong("group_wait", f"does not fit {kind}, which groups by itself; leave it out")
        most = EVENTS_AN_HOUR if incidents else MESSAGES_AN_HOUR
        return Common(
            name,
            self._route(),
            self.language(defaults.language),
            self.flag("send_resolved", default=True),
            self.repeat(None if incidents else defaults.repeat_s),
            self.whole("most_per_hour", most, 100_000),
            self.group_wait(defaults.group_wait_s),
        )

    def _route(self) -> Route:
        named, groups, severities = self.texts("alerts"), self.texts("groups"), self.texts("severities")
        for one in severities or ():
            if one not in SEVERITIES:
                raise self.wrong("severities", f"{one!r} is not known; use {', '.join(SEVERITIES)}")
        if severities is not None:
            given = frozenset(severities)
            told: tuple[Severity, ...] = tuple(one for one in SEVERITIES if given.issuperset((one,)))
        else:
            told = SEVERITIES if groups is not None else () if named is not None else BY_DEFAULT
        return Route(named or (), groups, told, self.texts("services"))

    def secret(self, key: str) -> Secret:
        """A secret that must be named."""
        found = self.secret_if_any(key)
        if found is None:
            raise self.wrong(f"{key}_env", f"or {key}_file must be given, to say where the {key} is")
        return found

    def secret_if_any(self, key: str) -> Secret | None:
        """A secret, if one is named."""
        in_env, in_file = f"{key}_env" in self.given, f"{key}_file" in self.given
        if not in_env and not in_file:
            return None
        if in_env and in_file:
            raise self.wrong(f"{key}_env", f"and {key}_file are both given; give one of them")
        place: Place = "env" if in_env else "file"
        named = f"{key}_{place}"
        where = self.text(named)
        if place == "env" and not _VARIABLE.fullmatch(where):
            raise self.wrong(named, "is no name of a variable; put the secret into one and name that here")
        if place == "file" and "://" in where:
            raise self.wrong(named, "is no path; put the secret into a file and name that here")
        line = self.document.line(named, self.table, self.entry)
        return Secret(key, place, where, self.document, line)

    def private(self) -> bool:
        """Whether it may lie in a private network."""
        return self.flag("allow_private", default=False)

    def address(self, key: str, value: str) -> str:
        """An address of mail."""
        if not _ADDRESS.fullmatch(value):
            raise self.wrong(key, f'{value!r} is no address of mail; write {key} = "name@host"')
        return value


def _places(key: str) -> str:
    return f"{key}_env or {key}_file"


def _pagerduty(entry: _Entry, common: Common) -> Channel:
    endpoint = entry.web("endpoint", PagerDuty.__dataclass_fields__["endpoint"].default)
    return PagerDuty(common, entry.secret("key"), endpoint, entry.private())


def _opsgenie(entry: _Entry, common: Common) -> Channel:
    endpoint = entry.web("endpoint", Opsgenie.__dataclass_fields__["endpoint"].default)
    return Opsgenie(common, entry.secret("key"), endpoint.rstrip("/"), entry.private())


def _webhook(entry: _Entry, common: Common) -> Channel:
    return Webhook(common, entry.secret("url"), entry.secret_if_any("key"), entry.private())


def _mail(entry: _Entry, common: Common) -> Channel:
    encryptions: tuple[Encryption, ...] = ("starttls", "ssl", "none")
    encryption: Encryption = entry.one_of("encryption", encryptions, "starttls")
    port = entry.whole("port", {"starttls": 587, "ssl": 465, "none": 25}[encryption], _LAST_PORT)
    to = entry.texts("to")
    if to is None:
        raise entry.wrong("to", 'is missing; give addresses, as in to = ["ops@example.com"]')
    user, password = entry.text("user", ""), entry.secret_if_any("password")
    if not user.isascii():
        raise entry.wrong("user", "has a letter that no mail server takes here; use letters of ASCII")
    if bool(user) != (password is not None):
        raise entry.wrong("user", "and where its password is (password_env) belong together; give both")
    if password is not None and encryption == "none":
        raise entry.wrong("encryption", "none would send the password unencrypted; use starttls or ssl")
    return Mail(
        common,
        entry.text("host"),
        entry.address("from", entry.text("from")),
        tuple(dict.fromkeys(entry.address("to", one) for one in to)),
        port,
        encryption,
        user,
        password,
    )


def _alertmanager(entry: _Entry, common: Common) -> Channel:
    if "url" not in entry.given:
        raise entry.wrong("url", 'is missing; say where it is, as in url = "http://alertmanager:9093"')
    return Alertmanager(common, entry.web("url").rstrip("/"), entry.secret_if_any("token"))


_COMMON_KEYS = (
    "name",
    "kind",
    "severities",
    "groups",
    "alerts",
    "services",
    "language",
    "send_resolved",
    "repeat",
    "most_per_hour",
    "group_wait",
)
_Make = Callable[[_Entry, Common], Channel]
_KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], _Make]] = {
    "slack": (("allow_private",), ("url",), lambda e, c: Slack(c, e.secret("url"), e.private())),
    "pagerduty": (("endpoint", "allow_private"), ("key",), _pagerduty),
    "opsgenie": (("endpoint", "allow_private"), ("key",), _opsgenie),
    "teams": (("allow_private",), ("url",), lambda e, c: Teams(c, e.secret("url"), e.private())),
    "webhook": (("allow_private",), ("url", "key"), _webhook),
    "mail": (("host", "port", "encryption", "from", "to", "user"), ("password",), _mail),
    "alertmanager": (("url",), ("token",), _alertmanager),
    "apprise": ((), ("url",), lambda e, c: Apprise(c, e.secret("url"))),
}
"""By kind: its own keys, its secrets, and what is made of them."""
