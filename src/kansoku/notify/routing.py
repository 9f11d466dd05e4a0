"""Which alarms a channel gets."""

from kansoku.notify.item import Item
from kansoku.settings.channels import Route


def wanted(route: Route, item: Item) -> bool:
    """Whether the route takes the item: by its name, or by group and severity; then by its service."""
    if route.services is not None and item.labels.get("service") not in route.services:
        return False
    if item.name in route.alerts:
        return True
    return (route.groups is None or item.group in route.groups) and item.severity in route.severities
