"""Services that the library apprise knows, which is installed with `kansoku[apprise]`.

It opens connections of its own: where it may go to is not looked at here, and it decides itself what it logs.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from kansoku.errors import SettingError
from kansoku.notify.item import Item
from kansoku.notify.message import Style, message
from kansoku.notify.outcome import Outcome


class _Notifier(Protocol):
    def add(self, servers: str) -> bool: ...

    def notify(self, body: str, title: str, notify_type: str) -> bool | None: ...


class _Library(Protocol):
    def Apprise(self) -> _Notifier: ...  # noqa: N802


def check() -> None:
    """Sees that the library is there.

    Raises:
        SettingError: If it is not.
    """
    if find_spec("apprise") is None:
        raise SettingError(
            "channels of the kind apprise need its library: install it with pip install 'kansoku[apprise]'"
        )


def send(url: str, items: Sequence[Item], style: Style) -> Outcome:
    """Sends the items, and says how that ended.

    Raises:
        SettingError: If the library is not there.
    """
    check()
    notifier = cast("_Library", import_module("apprise")).Apprise()
    if not notifier.add(url):
        return Outcome("refused", "apprise does not know an address of this form")
    told = message(items, style)
    ended = all(item.state == "resolved" for item in items)
    grave = any(item.severity == "page" for item in items)
    kind = "success" if ended else "failure" if grave else "warning"
    sent = notifier.notify(body=told.text(), title=told.headline, notify_type=kind)
    return Outcome("sent", "taken by apprise") if sent else Outcome("later", "apprise could not send it")
