"""The user's file of settings, `kansoku.toml`: found, read and checked.

```toml
[[prices]]
model = "claude-opus-5-5"   # or the beginning of ids: "claude-*"
input = 3.4                 # USD per million tokens
output = 17.0

[redaction]
mode = "strict"

[content]
capture = true              # what is said in calls, redacted; off unless told

[retention]
traces = 14                 # days
calls = "forever"

[server]
redact = true

[notify]
url = "https://kansoku.example.com"   # where people open the page

[[channels]]
name = "ops"
kind = "slack"
url_env = "SLACK_WEBHOOK"   # the secret itself never stands here

[[slos]]
name = "latency"            # one that ships, changed, or one of your own
target = 0.99

[[alerts]]
name = "HighErrorRate"
bound = 0.02
feature = "support"

[budget]
monthly_usd = 5000
```
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kansoku.catalog import redaction as names
from kansoku.catalog import retention
from kansoku.catalog.content import TABLE as CONTENT_TABLE
from kansoku.catalog.prices import PriceRow
from kansoku.catalog.retention import Days
from kansoku.catalog.settings import ALERTS_TABLE, BUDGET_TABLE, CONFIG_FILE, CONFIG_VARIABLE, SLOS_TABLE
from kansoku.errors import SettingError
from kansoku.settings import notify, prices
from kansoku.settings.channels import NotifySettings
from kansoku.settings.content import ContentSettings, content_of
from kansoku.settings.document import Document
from kansoku.settings.notify import notify_of
from kansoku.settings.prices import prices_of
from kansoku.settings.redaction import RedactionSettings, redaction_of
from kansoku.settings.retention import retention_of

_TABLES = {
    prices.TABLE: f"[[{prices.TABLE}]]",
    names.TABLE: f"[{names.TABLE}]",
    CONTENT_TABLE: f"[{CONTENT_TABLE}]",
    retention.TABLE: f"[{retention.TABLE}]",
    names.SERVER_TABLE: f"[{names.SERVER_TABLE}]",
    notify.NOTIFY_TABLE: f"[{notify.NOTIFY_TABLE}]",
    notify.TABLE: f"[[{notify.TABLE}]]",
    SLOS_TABLE: f"[[{SLOS_TABLE}]]",
    ALERTS_TABLE: f"[[{ALERTS_TABLE}]]",
    BUDGET_TABLE: f"[{BUDGET_TABLE}]",
}
_JUDGED = (SLOS_TABLE, ALERTS_TABLE, BUDGET_TABLE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says; empty where there is none.

    Attributes:
        prices: The user's own prices.
        redaction: How to redact; None where nothing is said.
        server_redacts: Whether the server redacts what it receives; None where nothing is said.
        content: Whether what is said in calls is kept.
        retention: Days that things are kept, by name; None is for ever.
        notify: Who is told of alarms, and how.
        document: The file.
        tables: What it says of alerts, objectives and the month's budget, which `defined` reads.
    """

    prices: tuple[PriceRow, ...] = ()
    redaction: RedactionSettings | None = None
    server_redacts: bool | None = None
    content: ContentSettings = field(default_factory=ContentSettings)
    retention: Days = field(default_factory=dict[str, int | None])
    notify: NotifySettings = field(default_factory=NotifySettings)
    document: Document | None = field(default=None, repr=False, compare=False)
    tables: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in the file that `KANSOKU_CONFIG` names, or else in `./kansoku.toml`, if it is there.

    Raises:
        SettingError: If the named file cannot be read, or a setting cannot be used; the message names
            file, line, key and mend.
    """
    document = written(environment)
    return Settings() if document is None else parsed(document.text, document.name, environment)


def written(environment: Mapping[str, str] = os.environ) -> Document | None:
    """The file of settings as it lies on the disk, unread; None where there is none.

    Raises:
        SettingError: If a named file is not there, or the file cannot be read.
    """
    named = environment.get(CONFIG_VARIABLE, "")
    path = Path(named or CONFIG_FILE)
    try:
        return Document.read(path, "settings")
    except FileNotFoundError:
        if not named:
            return None
        raise SettingError(
            f"{CONFIG_VARIABLE}: there is no file {named}; correct the path or unset it"
        ) from None


def parsed(text: str, name: str, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in the text of a file of that name; keys that it names are read from where they are.

    Raises:
        SettingError: If one cannot be used.
    """
    document = Document(text, name)
    found = document.content(_TABLES)
    return Settings(
        prices_of(found.get(prices.TABLE, []), document),
        redaction_of(found.get(names.TABLE), document, environment),
        _server_redacts(found.get(names.SERVER_TABLE), document),
        content_of(found.get(CONTENT_TABLE), document),
        retention_of(found.get(retention.TABLE), document),
        notify_of(found.get(notify.NOTIFY_TABLE), found.get(notify.TABLE, []), document),
        document,
        {name: found[name] for name in _JUDGED if name in found},
    )


def _server_redacts(given: object, document: Document) -> bool | None:
    """Whether the server redacts."""
    if given is None:
        return None
    table = document.table(given, names.SERVER_TABLE, (names.SERVER_REDACT,))
    value = table.get(names.SERVER_REDACT)
    if value is None or isinstance(value, bool):
        return value
    raise document.wrong(names.SERVER_TABLE, names.SERVER_REDACT, f"{value!r} is neither true nor false")
