"""The arguments of `init`, checked, with what the environment says where they are silent.

Each function raises a `SettingError` that names the argument and the mend.
"""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, get_args

from kansoku.catalog import content as content_names
from kansoku.catalog import settings as names
from kansoku.catalog.baggage import BAGGAGE
from kansoku.errors import SettingError
from kansoku.instrument.assembly import Spans

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from kansoku.emit.otlp import Destination
    from kansoku.redact.pseudonym import Pseudonyms
    from kansoku.redact.redactor import Redactor
    from kansoku.settings.content import ContentSettings
    from kansoku.settings.redaction import RedactionSettings

AttributeValue = str | bool | int | float
"""What an attribute of the resource may be."""


def check_port(port: int | None) -> None:
    """The port of the scrape page."""
    if port is not None and not 0 < port <= names.LAST_PORT:
        raise SettingError(f"prometheus_port: {port} is no port; give one from 1 to {names.LAST_PORT}")


def check_spans(spans: str) -> None:
    """Whose spans calls have."""
    if spans not in get_args(Spans):
        raise SettingError(f"spans: {spans!r} is not known; give 'kansoku' or 'native'")


def service_of(given: str | None) -> str:
    """The application's name: the argument, or the environment."""
    from kansoku.emit.environment import service_name

    found = (service_name() if given is None else given).strip()
    if not found:
        raise SettingError(
            f"service: is empty; give the application's name, as in init(service='support-bot'), "
            f"or set {names.SERVICE_NAME}"
        )
    return found


def destination_of(endpoint: str | None, headers: Mapping[str, str] | None) -> "Destination":
    """Where Kansoku's own telemetry goes, checked."""
    from kansoku.emit.otlp import Destination

    found = Destination.told(endpoint, headers)
    found.check()
    return found


def resource_of(
    service: str, environment: str, release: str, attributes: Mapping[str, AttributeValue] | None
) -> "Resource":
    """What the telemetry is from, with what OpenTelemetry finds out itself."""
    from opentelemetry.sdk.resources import Resource

    known = {
        "service.name": service,
        "deployment.environment.name": environment,
        "service.version": release,
    }
    return Resource.create({**(attributes or {}), **{key: value for key, value in known.items() if value}})


def redactor_of(given: "Redactor | None", told: "RedactionSettings | None") -> "Redactor":
    """The redactor: the argument, or as the file of settings describes it, or the default one."""
    if given is not None:
        return given
    from kansoku.redact.configured import configured

    return configured(told)


def pseudonyms_of(key: bytes | str | None, *, sessions: bool) -> "Pseudonyms | None":
    """Pseudonyms by the key of the argument or the environment, or None without one."""
    from kansoku.redact.pseudonym import Pseudonyms

    found = os.environ.get(names.USER_ID_KEY_VARIABLE) if key is None else key
    if found is None or (key is None and not found):
        if sessions:
            raise SettingError(f"pseudonymise_sessions: needs user_id_key or {names.USER_ID_KEY_VARIABLE}")
        return None
    return Pseudonyms(found, sessions=sessions)


def content_bytes(given: bool | None, most: int | None, told: "ContentSettings") -> int:  # noqa: FBT001
    """What an attribute of what was said may have; 0 where none of it is kept.

    The first that says anything: the argument, `KANSOKU_CONTENT`, the file, OpenTelemetry's variable.
    """
    from kansoku.emit.environment import content_by_genai, content_by_kansoku

    size = told.max_bytes if most is None else most
    if not content_names.LEAST_BYTES <= size <= content_names.MOST_BYTES:
        raise SettingError(
            f"content_max_bytes: {size} is not taken; give bytes from {content_names.LEAST_BYTES:,} to "
            f"{content_names.MOST_BYTES:,}"
        )
    said = (given, content_by_kansoku(), told.capture, content_by_genai())
    return size if next((one for one in said if one is not None), False) else 0


def propagated(wanted: Iterable[str]) -> tuple[str, ...]:
    """The names that may be told to other services.

    Raises:
        SettingError: If one of them is none of a task's.
    """
    given = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    wrong = [name for name in given if name not in BAGGAGE]
    if wrong:
        raise SettingError(f"propagate: {wrong[0]!r} is none of {', '.join(BAGGAGE)}")
    return given
