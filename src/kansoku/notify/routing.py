"""Which alarms a channel gets."""

from collections.abc import Collection

from kansoku.catalog.alerts import Alert
from kansoku.notify.item import Item
from kansoku.settings.channels import Route


def wanted(route: Route, item: Item) -> bool:
    """Whether the route takes the item: by its name, or by group and severity; then by its service."""
    if route.services is not None and item.labels.get("service") not in route.services:
        return False
    if item.name in route.alerts:
        return True
    return (route.groups is None or item.group in route.groups) and item.severity in route.severities


def unknown(route: Route, alerts: Collection[Alert]) -> tuple[tuple[str, str], ...]:
    """What the route names and no alert has, each with the key that names it."""
    names, groups = {one.name for one in alerts}, {one.group for one in alerts}
    return (
        *(("alerts", one) for one in route.alerts if one not in names),
        *(("groups", one) for one in route.groups or () if one not in groups),
    )
