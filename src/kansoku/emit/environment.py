"""The environment's OpenTelemetry variables, read; what cannot be used is said and left at its default."""

import logging
import os
import re
from collections.abc import Callable
from importlib.util import find_spec
from typing import Literal, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from kansoku.catalog import content
from kansoku.catalog import settings as names
from kansoku.emit.doubts import doubt
from kansoku.emit.limits import AttributeLimits, Limits

log = logging.getLogger("kansoku")

Signal = Literal["TRACES", "METRICS", "LOGS"]
SIGNALS: tuple[Signal, ...] = ("TRACES", "METRICS", "LOGS")

PATHS: dict[Signal, str] = {"TRACES": "v1/traces", "METRICS": "v1/metrics", "LOGS": "v1/logs"}
"""Where each signal goes under an endpoint over HTTP."""

Protocol = Literal["http/protobuf", "grpc"]

GRPC = "opentelemetry.exporter.otlp.proto.grpc"
_GRPC_PACKAGE = "opentelemetry-exporter-otlp-proto-grpc"
_HTTP: Protocol = "http/protobuf"
_HERE: dict[Protocol, str] = {"http/protobuf": names.URL, "grpc": names.GRPC_URL}

Exporter = Literal["otlp", "console", "prometheus"]

_OTHERS = ("none", "console")
_OTLP: dict[str, Protocol | None] = {
    "otlp": None,
    "otlp_proto_http": "http/protobuf",
    "otlp_proto_grpc": "grpc",
}
"""OpenTelemetry's names of exporters over OTLP, with the protocol that they tell."""

_DIGITS = 6
_MILLIS = 1_000
UNLIMITED = "unset"
"""What OpenTelemetry's SDK takes for no limit."""

_TOO_MANY = 1e9
"""More milliseconds than threads can wait on every system, and more entries than a memory holds."""

T = TypeVar("T", int, float)


def told(name: str, signal: Signal | None = None) -> str:
    """The variable's value without blanks around it; empty where it is not set."""
    return os.environ.get(name if signal is None else name.format(SIGNAL=signal), "").strip()


def is_disabled() -> bool:
    """Whether OpenTelemetry is switched off for this process."""
    found = told(names.SDK_DISABLED)
    if found.lower() not in {"", "true", "false"}:
        doubt(f"{names.SDK_DISABLED}: {found!r} is neither true nor false and is left out")
    return found.lower() == "true"


def service_name() -> str:
    """The application's name as the environment tells it; empty where it does not."""
    pairs = (pair.partition("=") for pair in told(names.RESOURCE_ATTRIBUTES).split(","))
    attributes = {key.strip(): unquote(value.strip()) for key, _, value in pairs}
    return told(names.SERVICE_NAME) or attributes.get("service.name", "")


def exporters_of(signal: Signal) -> frozenset[Exporter]:
    """By which exporters the signal leaves, by default over OTLP; empty for none."""
    known = (*_OTHERS, *(("prometheus",) if signal == "METRICS" else ()), *_OTLP)
    listed = _listed(signal)
    for unknown in [each for each in listed if each not in known]:
        doubt(
            f"{names.EXPORTER.format(SIGNAL=signal)}: {unknown!r} is not known here and is left out; use "
            f"{', '.join(known)}"
        )
    if "none" in listed:
        return frozenset()
    others: tuple[Exporter, ...] = ("console", "prometheus")
    found: list[Exporter] = [each for each in others if each in listed and each in known]
    if not found or any(each in _OTLP for each in listed):
        found.append("otlp")
    return frozenset(found)


def scrape_place() -> tuple[str, int]:
    """Host and port of the scrape page that the environment asks for by an exporter of its name."""
    text = told(names.PROMETHEUS_PORT)
    port = int(text) if text.isdecimal() and len(text) < _DIGITS else 0
    if text and not 0 < port <= names.LAST_PORT:
        doubt(f"{names.PROMETHEUS_PORT}: {text!r} is no port; {names.SCRAPE_PORT} is taken")
    return told(
        names.PROMETHEUS_HOST
    ) or names.HOST, port if 0 < port <= names.LAST_PORT else names.SCRAPE_PORT


def _listed(signal: Signal) -> list[str]:
    """The signal's exporters as they are told."""
    return [name for each in told(names.EXPORTER, signal).split(",") if (name := each.strip().lower())]


def protocol_of(signal: Signal) -> Protocol:
    """The protocol of the signal's OTLP exporter; HTTP in place of one that is not spoken here.

    The exporter's name may tell it too, as `opentelemetry-instrument` does, and then goes first.
    """
    name = names.OTLP_SIGNAL_PROTOCOL.format(SIGNAL=signal)
    name = name if told(name) else names.OTLP_PROTOCOL
    named = next(filter(None, map(_OTLP.get, _listed(signal))), None)
    if named is not None:
        name = names.EXPORTER.format(SIGNAL=signal)
    match named or told(name).lower() or _HTTP:
        case "grpc" if not _has_grpc():
            doubt(
                f"{name}: grpc needs another package, so {_HTTP} is spoken; run pip install {_GRPC_PACKAGE}, "
                f"or ask for {_HTTP}"
            )
            return _HTTP
        case "http/protobuf" | "grpc" as found:
            return found
        case _:
            doubt(f"{name}: {told(name)!r} is not spoken here, {_HTTP} is; set {_HTTP} or grpc")
            return _HTTP


def endpoint_of(signal: Signal, protocol: Protocol) -> str:
    """Where the signal goes: a URL over HTTP, used as it stands, or what gRPC takes as a target."""
    if found := _endpoint(names.OTLP_SIGNAL_ENDPOINT.format(SIGNAL=signal), protocol):
        return found
    base = base_of(protocol)
    return base if protocol == "grpc" else joined(base, PATHS[signal])


def base_of(protocol: Protocol) -> str:
    """Where all signals go that have no endpoint of their own."""
    return _endpoint(names.OTLP_ENDPOINT, protocol) or _HERE[protocol]


def is_url(text: str) -> bool:
    """Whether it is a URL that can be sent to."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return good and not any(map(str.isspace, text))


def shown(text: str) -> str:
    """An endpoint for people: without the user, the password and the query that a URL may hold."""
    scheme, mark, rest = text.partition("://") if "://" in text else ("", "", text)
    return scheme + mark + re.split("[?#]", rest.rpartition("@")[2], maxsplit=1)[0]


def joined(base: str, path: str) -> str:
    """The URL of a path beneath the base, whose query stays at the end."""
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path}"))


def _endpoint(name: str, protocol: Protocol) -> str:
    """The variable's endpoint; empty where it tells none that can be sent to."""
    text = told(name)
    if not text:
        return ""
    if is_url(text) or (protocol == "grpc" and _is_target(text)):
        return text
    if "://" not in text and is_url(f"http://{text}"):
        parts = urlsplit(f"http://{text}")
        netloc = parts.netloc if parts.port else f"{parts.netloc.rstrip(':')}:{names.PORT}"
        url = urlunsplit(parts._replace(netloc=netloc))
        doubt(f"{name}: {shown(text)!r} has no scheme and is taken as {shown(url)}; write it so")
        return url
    doubt(f"{name}: {shown(text)!r} is no URL and is left out; give one like {_HERE[protocol]}")
    return ""


def _is_target(text: str) -> bool:
    """Whether gRPC's exporter can read it; most that it reads it can try."""
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        return bool(parts.netloc or parts.path) and parts.port != 0 and not any(map(str.isspace, text))
    except ValueError:
        return False


def _has_grpc() -> bool:
    """Whether the exporter over gRPC is installed; it is not imported before something is sent."""
    try:
        return find_spec(f"{GRPC}.trace_exporter") is not None
    except ModuleNotFoundError:
        return False


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
        doubt(f"{content.VARIABLE}: {text!r} is neither true nor false; nothing that is said is kept")
    return text.lower() == "true"


def content_by_genai() -> bool | None:
    """The same of OpenTelemetry's variable. Events are log records, which never hold what is said."""
    if not (text := told(content.GENAI_VARIABLE)):
        return None
    if text.upper() not in content.ON_SPANS | content.NOT_ON_SPANS:
        doubt(f"{content.GENAI_VARIABLE}: {text!r} is not known; nothing that is said is kept")
    if text.upper() == content.EVENT_ONLY:
        doubt(f"{content.GENAI_VARIABLE}: Kansoku writes no events; use SPAN_ONLY to keep what is said")
    return text.upper() in content.ON_SPANS


def examine() -> None:
    """Says what Kansoku itself cannot mean by the variables that it reads."""
    for read in (is_disabled, limits, span_limits, record_limits, content_by_kansoku, content_by_genai):
        read()
    if "prometheus" in exporters_of("METRICS"):
        scrape_place()


def record_limits() -> AttributeLimits:
    """The same for log records."""
    return _attribute_limits(names.ATTRIBUTE_COUNT, names.VALUE_LENGTH)


def _attribute_limits(count: str, length: str) -> AttributeLimits:
    """The limits by the names of a signal, else by the general ones."""
    return AttributeLimits(_limit(count, names.ATTRIBUTE_COUNT), _limit(length, names.VALUE_LENGTH))


def _limit(name: str, general: str) -> int | None:
    """A count from 0 up; None for no limit."""
    name = name if told(name) else general
    if told(name).lower() == UNLIMITED:
        return None
    return _read(name, int, lambda value: value >= 0, None)


def _number(name: str, kind: type[T], scale: int, default: T) -> T:
    """A positive number, divided by the scale."""
    value = _read(name, kind, lambda value: 0 < value < _TOO_MANY, None)
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
        doubt(f"{name}: {text!r} cannot be used and is left out")
        return default
    return value
