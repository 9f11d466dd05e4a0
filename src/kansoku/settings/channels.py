"""Who is told of alarms, and how: the channels, as plain data.

Secrets (addresses of webhooks, keys, passwords) are known by where they are alone.
"""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kansoku.catalog.alerts import Severity
from kansoku.catalog.text import Language
from kansoku.settings.secret import Secret

REPEAT_S = 4 * 3_600
"""An alarm that goes on firing is told again after so many seconds."""

GROUP_WAIT_S = 60
"""News of alarms of one group that come within so many seconds are one message."""

PAGE_WAIT_S = 30
"""News of an alarm that pages wait no longer than this, whatever is said."""

SEVERITIES: tuple[Severity, ...] = ("page", "ticket", "info")
BY_DEFAULT: tuple[Severity, ...] = ("page", "ticket")
"""The severities that a channel gets where it names none."""

Encryption = Literal["starttls", "ssl", "none"]

MESSAGES_AN_HOUR, EVENTS_AN_HOUR = 60, 1_000
"""What a channel gets where the file does not say; of incidents more, as they are not put together."""


@dataclass(frozen=True, slots=True)
class Route:
    """Which alarms a channel gets.

    Attributes:
        alerts: By name, whatever else is said.
        groups: Only of these groups; None is any.
        severities: Only of these severities.
        services: Only with one of these as the label `service`; None is any, and alarms without that label.
    """

    alerts: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    severities: tuple[Severity, ...] = BY_DEFAULT
    services: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Common:
    """What every channel has.

    Attributes:
        name: Its name.
        route: Which alarms it gets.
        language: What its messages are written in.
        send_resolved: Whether it is told that an alarm has ended.
        repeat_s: Seconds after which it is told again of what still fires; None is never.
        most_per_hour: So many messages at once, and in each hour; more are put together.
        group_wait_s: For so many seconds an alarm's first news waits for others of its group.
    """

    name: str
    route: Route = Route()
    language: Language = "en"
    send_resolved: bool = True
    repeat_s: int | None = REPEAT_S
    most_per_hour: int = MESSAGES_AN_HOUR
    group_wait_s: int = GROUP_WAIT_S


@dataclass(frozen=True, slots=True)
class Slack:
    """An incoming webhook of Slack."""

    common: Common
    url: Secret
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """An integration of PagerDuty's Events API v2; `key` is its routing key."""

    common: Common
    key: Secret
    endpoint: str = "https://events.pagerduty.com/v2/enqueue"
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Opsgenie:
    """An API integration of Opsgenie, or of Jira Service Management, which takes the same."""

    common: Common
    key: Secret
    endpoint: str = "https://api.opsgenie.com/v2/alerts"
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Teams:
    """A workflow of Microsoft Teams that begins with a webhook."""

    common: Common
    url: Secret
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """Any address that takes JSON; with a `key` each body is signed."""

    common: Common
    url: Secret
    key: Secret | None = None
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """Mail, by a server that takes it for others.

    `everyone` is whom a letter names as its recipients where it goes to some of them alone.
    """

    common: Common
    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    encryption: Encryption = "starttls"
    user: str = ""
    password: Secret | None = None
    everyone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """An Alertmanager, which groups, silences and sends by its own rules; `url` is where its page is."""

    common: Common
    url: str
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Apprise:
    """Any service that the library apprise knows, by an address of its own form."""

    common: Common
    url: Secret


Channel = Slack | PagerDuty | Opsgenie | Teams | Webhook | Mail | Alertmanager | Apprise


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """What the file says of telling people.

    Attributes:
        url: Where people open the page, without a slash at the end; empty where nothing is said.
        runbook: What an alert's name is added to; empty where nothing is said.
        timezone: The time zone that times are told in, by its IANA name.
        channels: In the file's order.
    """

    url: str = ""
    runbook: str = ""
    timezone: str = "UTC"
    channels: tuple[Channel, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """The time zone that times are told in; UTC where no zones are installed."""
        try:
            return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)
        except ZoneInfoNotFoundError:
            return UTC
