"""One attempt to tell a channel of items: the channel's own request, made and sent."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import time
from typing import assert_never

from kansoku.errors import SettingError
from kansoku.notify import alertmanager, apprise, mail, opsgenie, pagerduty, slack, teams, webhook
from kansoku.notify.item import Item
from kansoku.notify.message import Style
from kansoku.notify.outcome import Outcome
from kansoku.notify.post import Request, post
from kansoku.notify.target import LookUp, look_up
from kansoku.settings.channels import (
    Alertmanager,
    Apprise,
    Channel,
    Mail,
    NotifySettings,
    Opsgenie,
    PagerDuty,
    Slack,
    Teams,
    Webhook,
)
from kansoku.settings.secret import Secret


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends to channels.

    Attributes:
        settings: The address of the page, the runbook and the time zone that messages name.
        environment: Where secrets are looked up.
        look_up: Gives the numbers of a host's name.
    """

    settings: NotifySettings
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    look_up: LookUp = look_up

    def send(self, channel: Channel, items: Sequence[Item], now: float | None = None) -> Outcome:
        """Tells the channel of the items, in one message; of one item where it takes incidents.

        A secret that is not there now may be put there: that is tried again.
        """
        try:
            return self._sent(channel, items, time() if now is None else now)
        except SettingError as error:
            return Outcome("later", str(error))

    def of(self, settings: NotifySettings) -> "Delivery":
        """One that sends by other settings."""
        return replace(self, settings=settings)

    def check(self, channel: Channel) -> None:
        """Sees that whatever the channel needs is there.

        Raises:
            SettingError: If it is not.
        """
        for secret in secrets(channel):
            secret.value(self.environment)
        if isinstance(channel, Apprise):
            apprise.check()

    def style(self, channel: Channel) -> Style:
        """How the channel's messages are written."""
        told = self.settings
        return Style(channel.common.language, told.zone, told.url, told.runbook)

    def _sent(self, channel: Channel, items: Sequence[Item], now: float) -> Outcome:
        style = self.style(channel)
        match channel:
            case Mail():
                password = self._read(channel.password)
                return mail.send(channel, password, mail.letter(channel, items, style, now))
            case Apprise():
                return apprise.send(channel.url.value(self.environment), items, style)
            case _:
                return post(self.request(channel, items, now), look_up=self.look_up)

    def request(
        self,
        channel: Slack | PagerDuty | Opsgenie | Teams | Webhook | Alertmanager,
        items: Sequence[Item],
        now: float,
    ) -> Request:
        """The request that tells the channel of the items.

        Raises:
            SettingError: If a secret is not there.
        """
        style, read = self.style(channel), self._needed
        match channel:
            case Slack(_, url, private):
                return slack.request(read(url), items, style, allow_private=private)
            case Teams(_, url, private):
                return teams.request(read(url), items, style, allow_private=private)
            case PagerDuty(_, key, endpoint, private):
                return pagerduty.request(read(key), endpoint, items[0], style, allow_private=private)
            case Opsgenie(_, key, endpoint, private):
                return opsgenie.request(read(key), endpoint, items[0], style, allow_private=private)
            case Webhook(common, url, key, private):
                name, signed = common.name, self._read(key)
                return webhook.request(read(url), signed, name, items, style, now=now, allow_private=private)
            case Alertmanager(_, url, token):
                return alertmanager.request(url, self._read(token), items, style, now)
            case _:
                assert_never(channel)

    def _needed(self, secret: Secret) -> str:
        return secret.value(self.environment)

    def _read(self, secret: Secret | None) -> str | None:
        return None if secret is None else secret.value(self.environment)


def secrets(channel: Channel) -> tuple[Secret, ...]:
    """The secrets that the channel names."""
    match channel:
        case Slack() | Teams() | Apprise():
            return (channel.url,)
        case PagerDuty() | Opsgenie():
            return (channel.key,)
        case Webhook():
            return (channel.url,) if channel.key is None else (channel.url, channel.key)
        case Mail():
            return () if channel.password is None else (channel.password,)
        case Alertmanager():
            return () if channel.token is None else (channel.token,)
        case _:
            assert_never(channel)


def takes_incidents(channel: Channel) -> bool:
    """Whether it takes one alarm at a time, by its fingerprint."""
    return isinstance(channel, PagerDuty | Opsgenie)
