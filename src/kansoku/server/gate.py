"""Who comes in to a server, as its file of keys says."""

from dataclasses import dataclass

from kansoku.server.settings import ServerSettings
from kansoku.settings.gate import Gate
from kansoku.settings.keys import Holder, keys_in, new_key

_DEMO = Holder("demo", frozenset(("send",)))


@dataclass(frozen=True, slots=True)
class Entrance:
    """Who comes in, and the key that the demo workload sends with; empty where it needs none."""

    gate: Gate
    demo_key: str = ""


def entrance(settings: ServerSettings) -> Entrance:
    """The gate of its file of keys.

    Raises:
        SettingError: If the file cannot be used.
    """
    if settings.keys is None:
        return Entrance(Gate())
    keys = keys_in(settings.keys)
    if not settings.demo:
        return Entrance(Gate(keys))
    key = new_key()
    return Entrance(Gate(keys.with_key(key, _DEMO)), key)
