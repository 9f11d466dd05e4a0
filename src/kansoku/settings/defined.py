"""Alerts, objectives and the month's budget, as shipped and as a file of settings changes them.

Server, `kansoku publish` and `kansoku slo` all ask here. An application, which reads the same file, does not:
a wrong alert is no reason to stop it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kansoku.catalog import alert_pack
from kansoku.catalog.alerts import Alert
from kansoku.catalog.settings import ALERTS_TABLE, BUDGET_TABLE, SLOS_TABLE
from kansoku.catalog.slos import SLOS, CostBudget, Slo
from kansoku.settings import Settings
from kansoku.settings.alerts import OwnAlerts, alerts_of
from kansoku.settings.channels import Channel, NotifySettings
from kansoku.settings.document import Document
from kansoku.settings.entry import Faults
from kansoku.settings.slos import budget_of, slos_of


@dataclass(frozen=True, slots=True)
class Defined:
    """What is held to.

    Attributes:
        alerts: Every alert that is evaluated.
        slos: The objectives.
        budget: What a month may cost; None where nothing is said.
        notify: Who is told, with the alerts that name a channel among those of that channel.
    """

    alerts: tuple[Alert, ...]
    slos: tuple[Slo, ...]
    budget: CostBudget | None
    notify: NotifySettings


def defined(told: Settings, faults: Faults | None = None) -> Defined:
    """What the settings define.

    Args:
        told: The settings.
        faults: Keeps what is wrong, if that is to be collected.

    Raises:
        SettingError: If something in the file cannot be used; the message names line, key and mend.
    """
    faults = faults or Faults()
    document, tables = told.document or Document("", ""), told.tables
    found, budget, own = SLOS, None, OwnAlerts(alert_pack.alerts(), {}, {})
    with faults.kept():
        found = slos_of(tables.get(SLOS_TABLE, []), document, faults)
    with faults.kept():
        budget = budget_of(tables.get(BUDGET_TABLE), document)
    with faults.kept():
        own = alerts_of(tables.get(ALERTS_TABLE, []), document, alert_pack.alerts(found, budget), faults)
    with faults.kept():
        _check_channels(own, told.notify, document)
    routed = tuple(
        _routed(one, [alert for alert, name in own.channels.items() if name == one.common.name])
        for one in told.notify.channels
    )
    return Defined(own.alerts, found, budget, replace(told.notify, channels=routed))


def _check_channels(own: OwnAlerts, told: NotifySettings, document: Document) -> None:
    """Sees that every channel that an alert names is there."""
    known = [one.common.name for one in told.channels]
    for alert, channel in own.channels.items():
        if channel not in known:
            names = f"use one of {', '.join(known)}" if known else "add one as [[channels]]"
            raise document.wrong_at(own.lines[alert], f"alerts.channel {channel!r} is not known; {names}")


def _routed(channel: Channel, named: Sequence[str]) -> Channel:
    """The channel, which gets these alerts too."""
    route = channel.common.route
    more = tuple(dict.fromkeys((*route.alerts, *named)))
    return replace(channel, common=replace(channel.common, route=replace(route, alerts=more)))
