"""The environment's OpenTelemetry variables, read; what cannot be used is said and left at its default."""

import logging
import os
from collections.abc import Callable
from typing import Literal, TypeVar
from urllib.parse import unquote

from kansoku.catalog import content
from kansoku.catalog import settings as names
from kansoku.emit.limits import AttributeLimits, Limits
from kansoku.errors import SettingError

log = logging.getLogger("kansoku")

Signal = Literal["TRACES", "METRICS", "LOGS"]
SIGNALS: tuple[Signal, ...] = ("TRACES", "METRICS", "LOGS")

Protocol = Literal["http/protobuf", "grpc"]

_EXPORTERS = frozenset({"otlp", "console", "none"})
_MILLIS = 1_000

T = TypeVar("T", int, float)


def told(name: str, signal: Signal | None = None) -> str:
    """The variable's value without blanks around it; empty where it is not set."""
    return os.environ.get(name if signal is None else name.format(SIGNAL=signal), "").strip()


def is_disabled() -> bool:
    """Whether OpenTelemetry is switched off for this process."""
    return told(names.SDK_DISABLED).lower() == "true"


def service_name() -> str:
    """The application's name as the environment tells it; empty where it does not."""
    pairs = (pair.partition("=") for pair in told(names.RESOURCE_ATTRIBUTES).split(","))
    attributes = {key.strip(): unquote(value.strip()) for key, _, value in pairs}
    return told(names.SERVICE_NAME) or attributes.get("service.name", "")


def exporters_of(signal: Signal) -> frozenset[str]:
    """`otlp` and `console`, as far as they are wanted; empty for none."""
    listed = {each.strip().lower() for each in told(names.EXPORTER, signal).split(",")} - {""}
    for unknown in sorted(listed - _EXPORTERS):
        log.warning(
            "%s: %r is not known here and is left out; known are otlp, console and none",
            names.EXPORTER.format(SIGNAL=signal),
            unknown,
        )
    known = (listed & _EXPORTERS) or {"otlp"}
    return frozenset() if "none" in known else frozenset(known)


def protocol_of(signal: Signal) -> Protocol:
    """The protocol of the signal's OTLP exporter.

    Raises:
        SettingError: If there is no exporter that speaks it.
    """
    name = names.OTLP_SIGNAL_PROTOCOL.format(SIGNAL=signal)
    found = told(name) or told(names.OTLP_PROTOCOL) or "http/protobuf"
    match found:
        case "http/protobuf" | "grpc":
            return found
        case _:
            raise SettingError(
                f"{name if told(name) else names.OTLP_PROTOCOL}: {found!r} is not spoken here; "
                "use http/protobuf or grpc"
            )


def limits() -> Limits:
    """The pipeline's limits, with what the environment says of them."""
    default = Limits()
    return Limits(
        send_every_s=_number(names.BSP_DELAY, float, _MILLIS, default.send_every_s),
        metrics_every_s=_number(names.METRIC_INTERVAL, float, _MILLIS, default.metrics_every_s),
        buffer=_number(names.BSP_QUEUE, int, 1, default.buffer),
        batch=_number(names.BSP_BATCH, int, 1, default.batch),
    )


def span_limits() -> AttributeLimits:
    """How many attributes a span may have, and how long their texts may be."""
    return _attribute_limits(names.SPAN_ATTRIBUTE_COUNT, names.SPAN_VALUE_LENGTH)


def content_by_kansoku() -> bool | None:
    """Whether `KANSOKU_CONTENT` keeps what is said; None where it says nothing. What it cannot mean is no."""
    if not (text := told(content.VARIABLE)):
        return None
    if text.lower() not in {"true", "false"}:
        log.warning("%s: %r is neither true nor false; nothing that is said is kept", content.VARIABLE, text)
    return text.lower() == "true"


def content_by_genai() -> bool | None:
    """The same of OpenTelemetry's variable. Events are log records, which never hold what is said."""
    if not (text := told(content.GENAI_VARIABLE)):
        return None
    if text.upper() not in content.ON_SPANS | content.NOT_ON_SPANS:
        log.warning("%s: %r is not known; nothing that is said is kept", content.GENAI_VARIABLE, text)
    if text.upper() == content.EVENT_ONLY:
        log.warning(
            "%s: Kansoku writes no events; use SPAN_ONLY to keep what is said", content.GENAI_VARIABLE
        )
    return text.upper() in content.ON_SPANS


def record_limits() -> AttributeLimits:
    """The same for log records."""
    return _attribute_limits(names.ATTRIBUTE_COUNT, names.VALUE_LENGTH)


def _attribute_limits(count: str, length: str) -> AttributeLimits:
    """The limits by the names of a signal, else by the general ones."""
    return AttributeLimits(_limit(count, names.ATTRIBUTE_COUNT), _limit(length, names.VALUE_LENGTH))


def _limit(name: str, general: str) -> int | None:
    """A count from 0 up; None for no limit."""
    name = name if told(name) else general
    return _read(name, int, lambda value: value >= 0, None)


def _number(name: str, kind: type[T], scale: int, default: T) -> T:
    """A positive number, divided by the scale."""
    value = _read(name, kind, lambda value: 0 < value < float("inf"), None)
    return default if value is None else kind(value / scale)


def _read(name: str, kind: type[T], is_good: Callable[[T], bool], default: T | None) -> T | None:
    """The variable as a number; one that cannot be used is said."""
    if not (text := told(name)):
        return default
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not is_good(value):
        log.warning("%s: %r cannot be used and is left out", name, text)
        return default
    return value
