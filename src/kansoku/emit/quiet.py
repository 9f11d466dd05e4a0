"""Keeps what OpenTelemetry's exporters log from the application, where Kansoku says it better and once."""

import logging
import threading

_LOGGERS = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.http._log_exporter",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.exporter.otlp.proto.http._common",
    "opentelemetry.exporter.otlp.proto.grpc.exporter",
    "opentelemetry.exporter.otlp.common._aggregation",
    "opentelemetry.util.re",  # it writes a header down that cannot be read, which may be a key
    "opentelemetry.util._providers",
)


class Quiet(logging.Filter):
    """Drops what exporters log on the thread inside the block: it would repeat for every batch."""

    def __init__(self) -> None:
        super().__init__()
        self._threads: set[int] = set()
        self._loggers = tuple(map(logging.getLogger, _LOGGERS))

    def __enter__(self) -> None:
        for each in self._loggers:  # the same filter again is no second one
            each.addFilter(self)
        self._threads.add(threading.get_ident())

    def __exit__(self, *_: object) -> None:
        self._threads.discard(threading.get_ident())

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record passes."""
        return record.thread not in self._threads


quiet_here = Quiet()
"""The filter of this process."""
