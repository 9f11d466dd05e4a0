"""Kansoku's own exporters: OpenTelemetry's for OTLP and the console, as arguments and environment tell.

Spans and log records are encoded here; the console gets OpenTelemetry's own objects.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs.export import LogRecordExporter
from opentelemetry.sdk.metrics.export import MetricExporter
from opentelemetry.sdk.trace.export import SpanExporter

from kansoku.catalog import settings as names
from kansoku.catalog.rights import AUTHORIZATION, BEARER, KEY_VARIABLE, NOT_A_KEY, can_be_key
from kansoku.emit import environment
from kansoku.emit.certificates import session_for
from kansoku.emit.doubts import doubt
from kansoku.emit.environment import PATHS, SIGNALS, Exporter, Protocol, Signal
from kansoku.emit.exporters import ByteWay, Exporters, Lost
from kansoku.emit.http_client import http_sender
from kansoku.emit.limited import LimitedRecords, LimitedSpans, logs_requests, spans_requests
from kansoku.emit.refusals import Refusals
from kansoku.emit.rpc_client import RECORDS, SPANS, rpc_sender
from kansoku.emit.set_aside import examine, set_aside
from kansoku.errors import SettingError

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where Kansoku's own telemetry goes.

    Attributes:
        endpoint: The OTLP/HTTP endpoint that an argument or `KANSOKU_ENDPOINT` told; empty where the
            environment's OpenTelemetry variables say, or nobody does.
        headers: Sent with every export over HTTP.
    """

    endpoint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_told(self) -> bool:
        """Whether somebody said that Kansoku's own telemetry goes there, whatever else there is."""
        return bool(self.endpoint)

    @property
    def name(self) -> str:
        """The endpoint, for people: without the secrets that a URL may hold."""
        return environment.shown(self.endpoint or environment.base_of(environment.protocol_of("TRACES")))

    def exporters_of(self, signal: Signal) -> frozenset[Exporter]:
        """Those that are wanted; a told endpoint is sent to as well, unless there are none."""
        found = environment.exporters_of(signal)
        told: frozenset[Exporter] = frozenset(("otlp",) if found and self.is_told else ())
        return found | told

    def check(self) -> None:
        """Looks at the endpoint. What the environment cannot mean is said and never an error.

        Raises:
            SettingError: If the told endpoint cannot be used; it names the mend.
        """
        if self.is_told and not environment.is_url(self.endpoint):
            raise SettingError(
                f"endpoint: {environment.shown(self.endpoint)!r} is no URL; give one like {names.URL}"
            )
        for signal in SIGNALS:
            if "otlp" in self.exporters_of(signal):
                examine(self.protocol_of(signal))
                self.url_of(signal)

    def protocol_of(self, signal: Signal) -> Protocol:
        """How the signal goes out over OTLP."""
        return "http/protobuf" if self.is_told else environment.protocol_of(signal)

    def url_of(self, signal: Signal) -> str:
        """Where the signal goes."""
        if self.is_told:
            return environment.joined(self.endpoint, PATHS[signal])
        return environment.endpoint_of(signal, self.protocol_of(signal))

    @property
    def is_one(self) -> bool:
        """Whether all that goes out over OTLP goes to one address."""
        wanted: set[Signal] = {signal for signal in SIGNALS if "otlp" in self.exporters_of(signal)}
        return len({_origin(self.url_of(signal)) for signal in wanted}) == 1

    def headers_of(self, signal: Signal) -> dict[str, str]:
        """What is sent with it over HTTP: the environment's too, unless meant for another endpoint."""
        found = {} if self.is_elsewhere(signal) else _environments_headers(signal)
        return found | {name.lower(): value for name, value in self.headers.items()}

    @classmethod
    def told(cls, endpoint: str | None, headers: Mapping[str, str] | None = None) -> "Destination":
        """That of the argument or `KANSOKU_ENDPOINT`, with the key that `KANSOKU_KEY` has for it.

        The key goes to a Kansoku alone: to what was told so, or to the one on this machine. Nor does it take
        the place of an `Authorization` among the headers.

        Raises:
            SettingError: If it cannot be a key.
        """
        where, found = endpoint or environment.told(names.KANSOKU_ENDPOINT), dict(headers or {})
        key = environment.told(KEY_VARIABLE)
        if not can_be_key(key):
            raise SettingError(NOT_A_KEY)
        is_other = not where and any(map(_environments_endpoint, SIGNALS))
        if key and not is_other and AUTHORIZATION not in {name.lower() for name in found}:
            found[AUTHORIZATION] = f"{BEARER} {key}"
        return cls(where, found)

    def is_elsewhere(self, signal: Signal) -> bool:
        """Whether the environment tells another endpoint than was told here."""
        theirs = _environments_endpoint(signal)
        return self.is_told and bool(theirs) and _origin(theirs) != _origin(self.endpoint)


def otlp(destination: Destination, lost: Lost) -> Exporters | None:
    """Exporters over OTLP, with the time-outs, compression and certificates of the environment.

    `lost` is told what is lost that had waited. None where no signal wants one.
    """
    spans = _wanted(destination, "TRACES", _span_exporter)
    logs = _wanted(destination, "LOGS", _log_exporter)
    metrics = _wanted(destination, "METRICS", _metric_exporter)
    if spans is None and logs is None and metrics is None:
        return None
    cut_spans, cut_logs = environment.span_limits(), environment.record_limits()
    refusals = Refusals() if destination.is_one else None
    spans_bytes = http_sender(spans, refusals) or rpc_sender(spans, SPANS, refusals)
    logs_bytes = http_sender(logs, refusals) or rpc_sender(logs, RECORDS, refusals)
    http_sender(metrics, refusals)
    return Exporters(
        destination.name,
        spans=LimitedSpans(spans, cut_spans) if spans and cut_spans else spans,
        logs=LimitedRecords(logs, cut_logs) if logs and cut_logs else logs,
        metrics=metrics,
        spans_way=spans_bytes and ByteWay(spans_bytes, spans_requests(cut_spans)),
        logs_way=logs_bytes and ByteWay(logs_bytes, logs_requests(cut_logs)),
        lost=lost,
        refusals=refusals,
    )


def console(destination: Destination) -> Exporters | None:
    """Exporters to standard output; None where no signal wants one."""
    from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter
    from opentelemetry.sdk.metrics.export import ConsoleMetricExporter
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter

    wanted = {signal for signal in SIGNALS if "console" in destination.exporters_of(signal)}
    if not wanted:
        return None
    return Exporters(
        "the console",
        spans=ConsoleSpanExporter(out=sys.stdout) if "TRACES" in wanted else None,
        logs=ConsoleLogRecordExporter(out=sys.stdout) if "LOGS" in wanted else None,
        metrics=ConsoleMetricExporter(out=sys.stdout) if "METRICS" in wanted else None,
    )


def _wanted(destination: Destination, signal: Signal, make: Callable[[Destination, Signal], E]) -> E | None:
    """The signal's exporter, where it is to go out over OTLP and one can be made."""
    if "otlp" not in destination.exporters_of(signal):
        return None
    try:
        with set_aside(destination.protocol_of(signal)):
            return make(destination, signal)
    except SettingError:
        raise
    except Exception as error:
        doubt(
            f"{names.EXPORTER.format(SIGNAL=signal)}: the environment makes no exporter ({error}), so "
            "nothing is sent; correct or unset the variable that says so"
        )
        return None


def _span_exporter(destination: Destination, signal: Signal) -> SpanExporter:
    """The exporter of spans."""
    if destination.protocol_of(signal) == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as Grpc

        return Grpc(endpoint=destination.url_of(signal))
    made = OTLPSpanExporter(
        destination.url_of(signal), headers=dict(destination.headers), session=session_for(signal)
    )
    return _without_foreign_headers(made, destination, signal)


def _log_exporter(destination: Destination, signal: Signal) -> LogRecordExporter:
    """The exporter of log records."""
    if destination.protocol_of(signal) == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as Grpc

        return Grpc(endpoint=destination.url_of(signal))
    made = OTLPLogExporter(
        destination.url_of(signal), headers=dict(destination.headers), session=session_for(signal)
    )
    return _without_foreign_headers(made, destination, signal)


def _metric_exporter(destination: Destination, signal: Signal) -> MetricExporter:
    """The exporter of metrics."""
    if destination.protocol_of(signal) == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as Grpc

        return Grpc(endpoint=destination.url_of(signal))
    made = OTLPMetricExporter(
        destination.url_of(signal), headers=dict(destination.headers), session=session_for(signal)
    )
    return _without_foreign_headers(made, destination, signal)


def _without_foreign_headers(exporter: E, destination: Destination, signal: Signal) -> E:
    """The exporter without the environment's headers, where they were meant for another endpoint.

    They often hold a key. The exporter adds them by itself and keeps them under a private name.
    """
    if not destination.is_elsewhere(signal):
        return exporter
    ours = {name.lower() for name in destination.headers}
    held: Any = getattr(getattr(exporter, "_client", None), "_headers", None)
    for name in _environments_headers(signal):
        if name.lower() not in ours:
            if held is None:
                raise SettingError(
                    f"{names.OTLP_HEADERS}: cannot be kept from {destination.name}, which is not the "
                    f"environment's endpoint; unset it, or {names.OTLP_ENDPOINT}"
                )
            held.pop(name.lower(), None)
    return exporter


def _environments_endpoint(signal: Signal) -> str:
    """The endpoint that the environment's variables of OpenTelemetry tell, or none."""
    return environment.told(names.OTLP_SIGNAL_ENDPOINT, signal) or environment.told(names.OTLP_ENDPOINT)


def _environments_headers(signal: Signal) -> dict[str, str]:
    """The headers that the environment's variables have exporters send."""
    from opentelemetry.util.re import parse_env_headers

    listed = environment.told(names.OTLP_SIGNAL_HEADERS, signal) or environment.told(names.OTLP_HEADERS)
    return dict(parse_env_headers(listed, liberal=True))


def _origin(url: str) -> tuple[str, str]:
    """The scheme, host and port of a URL; of none where it is no URL."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
