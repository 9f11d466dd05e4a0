"""Settings by name: where a server listens and an application sends, and the environment variables read.

An argument of `kansoku.init` always wins over the environment.
"""

from dataclasses import dataclass
from typing import Literal

from kansoku.catalog import content
from kansoku.catalog.rights import KEY_VARIABLE, KEYS_VARIABLE

HOST = "127.0.0.1"
PORT = 4318
"""OTLP over HTTP, and with it the API and the page. OTLP's registered ports are used here."""

GRPC_PORT = 4317
"""OTLP over gRPC."""

SCRAPE_PORT = 9464
"""Where OpenTelemetry's exporter for Prometheus listens."""

LAST_PORT = 65_535
"""The highest number that a port has."""

URL = f"http://{HOST}:{PORT}"
"""The server on this machine."""

GRPC_URL = f"http://{HOST}:{GRPC_PORT}"
"""The same over gRPC."""

SDK_FROM = (1, 0)
"""The oldest version of the `anthropic` package whose seam is known."""

SDK_TESTED_FROM = (2, 12)
"""The oldest one that the tests run on."""

SDK_BELOW = (3, 0)
"""The first one that nobody has seen."""

Reader = Literal["kansoku", "exporter", "provider", "nobody"]
"""Who acts on a variable: Kansoku, the OTLP exporter it sends with, the providers registered, or nobody."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable (`{SIGNAL}` stands for TRACES, METRICS and LOGS), and what it does here."""

    name: str
    reader: Reader
    does: str


KANSOKU_ENDPOINT = "KANSOKU_ENDPOINT"
SDK_DISABLED = "OTEL_SDK_DISABLED"
SERVICE_NAME = "OTEL_SERVICE_NAME"
RESOURCE_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES"
EXPORTER = "OTEL_{SIGNAL}_EXPORTER"
PROMETHEUS_HOST = "OTEL_EXPORTER_PROMETHEUS_HOST"
PROMETHEUS_PORT = "OTEL_EXPORTER_PROMETHEUS_PORT"
OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
OTLP_SIGNAL_ENDPOINT = "OTEL_EXPORTER_OTLP_{SIGNAL}_ENDPOINT"
OTLP_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
OTLP_SIGNAL_PROTOCOL = "OTEL_EXPORTER_OTLP_{SIGNAL}_PROTOCOL"
OTLP_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
OTLP_SIGNAL_HEADERS = "OTEL_EXPORTER_OTLP_{SIGNAL}_HEADERS"
OTLP_TIMEOUT = "OTEL_EXPORTER_OTLP_TIMEOUT"
OTLP_COMPRESSION = "OTEL_EXPORTER_OTLP_COMPRESSION"
OTLP_CERTIFICATE = "OTEL_EXPORTER_OTLP_CERTIFICATE"
OTLP_CLIENT_KEY = "OTEL_EXPORTER_OTLP_CLIENT_KEY"
OTLP_CLIENT_CERTIFICATE = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"
METRIC_INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL"
BSP_DELAY = "OTEL_BSP_SCHEDULE_DELAY"
BSP_QUEUE = "OTEL_BSP_MAX_QUEUE_SIZE"
BSP_BATCH = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
VALUE_LENGTH = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"
SPAN_VALUE_LENGTH = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"
ATTRIBUTE_COUNT = "OTEL_ATTRIBUTE_COUNT_LIMIT"
SPAN_ATTRIBUTE_COUNT = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"

ENDPOINT_VARIABLES = (KANSOKU_ENDPOINT, OTLP_ENDPOINT)
"""Environment variables that say where an application sends, the first one first."""

CONFIG_VARIABLE = "KANSOKU_CONFIG"
"""Environment variable that names the file of settings."""

CONFIG_FILE = "kansoku.toml"
"""The file of settings, in the working directory, where the variable names none. It need not exist."""

SLOS_TABLE, ALERTS_TABLE, BUDGET_TABLE = "slos", "alerts", "budget"
"""Tables of the file of settings: objectives, alerts, and what a month may cost."""

USER_ID_KEY_VARIABLE = "KANSOKU_USER_ID_KEY"
"""Environment variable with the secret that user ids are pseudonymised by."""

STORE_VARIABLE = "KANSOKU_STORE"
"""Environment variable with the address of the ClickHouse that a server stores in."""

STORE_PASSWORD_VARIABLE = "KANSOKU_STORE_PASSWORD"  # noqa: S105
"""Environment variable with the password for it, where the address tells none."""

METRICS_DIR_VARIABLES = ("KANSOKU_METRICS_DIR", "PROMETHEUS_MULTIPROC_DIR")
"""Where the workers of a service share their metrics, the first one first."""

MAX_SERIES_VARIABLE = "KANSOKU_MAX_SERIES"
TEMPORALITY_VARIABLE = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
DOGSTATSD_URL_VARIABLE = "DD_DOGSTATSD_URL"
VARIABLES: tuple[Variable, ...] = (
    Variable(
        KANSOKU_ENDPOINT,
        "kansoku",
        "The OTLP/HTTP endpoint of Kansoku, as the argument `endpoint` tells it. A told endpoint gets every "
        "call, beside the application's own providers and whatever their samplers say.",
    ),
    Variable(SDK_DISABLED, "kansoku", "`true`: `init` records nothing and wraps nothing."),
    Variable(SERVICE_NAME, "kansoku", "The service name, where `init` is given none."),
    Variable(
        RESOURCE_ATTRIBUTES,
        "kansoku",
        "More attributes of the resource; `service.name` in it is the last resort.",
    ),
    Variable(
        EXPORTER,
        "kansoku",
        "`otlp` (the default), `otlp_proto_http`, `otlp_proto_grpc`, `console`, `none`, or several with "
        "commas; for metrics also `prometheus`, which serves a scrape page, unless a MeterProvider is "
        "registered. `none` holds for a told endpoint too; beside the others a told endpoint is sent to.",
    ),
    Variable(
        PROMETHEUS_HOST,
        "kansoku",
        "The address of that page; this machine alone by default. The arguments of `init` win.",
    ),
    Variable(PROMETHEUS_PORT, "kansoku", f"Its port; {SCRAPE_PORT} by default."),
    Variable(
        OTLP_ENDPOINT,
        "kansoku",
        "Where to send while no provider is registered and no endpoint is told. Over HTTP, `host:port` is "
        "taken as `http://host:port`, and said.",
    ),
    Variable(
        OTLP_SIGNAL_ENDPOINT, "kansoku", "The same for one signal, used as it stands, without a path added."
    ),
    Variable(
        OTLP_PROTOCOL,
        "kansoku",
        "`http/protobuf` (the default) or `grpc`, which needs `pip install "
        "opentelemetry-exporter-otlp-proto-grpc`. With any other, and without that package, "
        "`http/protobuf` is spoken, and said. A told endpoint is always spoken to over HTTP.",
    ),
    Variable(OTLP_SIGNAL_PROTOCOL, "kansoku", "The same for one signal."),
    Variable(
        OTLP_HEADERS,
        "exporter",
        "Headers of each export. Not sent to a told endpoint while the environment names another one: they "
        "may hold that one's key.",
    ),
    Variable(OTLP_SIGNAL_HEADERS, "exporter", "The same for one signal."),
    Variable(OTLP_TIMEOUT, "exporter", "Seconds that an export may take; 10 by default."),
    Variable(OTLP_COMPRESSION, "exporter", "`gzip`, `deflate` or `none`."),
    Variable(OTLP_CERTIFICATE, "exporter", "The certificate authority's file for TLS."),
    Variable(OTLP_CLIENT_KEY, "exporter", "The client's key file for mutual TLS."),
    Variable(OTLP_CLIENT_CERTIFICATE, "exporter", "The client's certificate file for mutual TLS."),
    Variable(
        METRIC_INTERVAL, "kansoku", "Milliseconds between two exports of the metrics; 15,000 by default."
    ),
    Variable(
        TEMPORALITY_VARIABLE, "kansoku", "`cumulative` (the default) or `delta`, as `temporality` says."
    ),
    Variable(
        content.VARIABLE,
        "kansoku",
        "`true`: what is said in calls is kept on their spans, redacted. `false`: it is not, whatever "
        "`kansoku.toml` and the next variable say.",
    ),
    Variable(
        content.GENAI_VARIABLE,
        "kansoku",
        "`SPAN_ONLY`, `SPAN_AND_EVENT` or `true`: the same, where nothing of Kansoku's own says otherwise. "
        "`EVENT_ONLY` keeps nothing: events are log records.",
    ),
    Variable(
        BSP_DELAY, "kansoku", "Milliseconds between two sends of spans and log records; 1,000 by default."
    ),
    Variable(BSP_QUEUE, "kansoku", "Spans, and log records, that wait at most; 20,000 by default."),
    Variable(BSP_BATCH, "kansoku", "Spans, or log records, in one request; 512 by default."),
    Variable(
        VALUE_LENGTH,
        "kansoku",
        "Characters of an attribute's text, on spans and log records. Cut after redaction, so that no half "
        "of a secret is left.",
    ),
    Variable(SPAN_VALUE_LENGTH, "kansoku", "The same for spans alone."),
    Variable(
        ATTRIBUTE_COUNT,
        "kansoku",
        "Attributes of one span or log record; those that come later are left out.",
    ),
    Variable(SPAN_ATTRIBUTE_COUNT, "kansoku", "The same for spans alone."),
    Variable(
        "OTEL_TRACES_SAMPLER",
        "provider",
        "Spans that go through a registered provider obey its sampler. A told endpoint gets every call: its "
        "figures are counted from them, and sampled counts would be wrong. Metrics are never sampled.",
    ),
    Variable(
        "OTEL_PROPAGATORS",
        "provider",
        "Untouched: Kansoku reads the current span and sends no headers of its own.",
    ),
    Variable(
        "OTEL_BLRP_SCHEDULE_DELAY",
        "provider",
        "Log records of Kansoku's own wait with its spans: OTEL_BSP_*.",
    ),
    Variable(
        STORE_VARIABLE,
        "kansoku",
        "The server: the address of the ClickHouse it stores in, as `kansoku up --store` takes it.",
    ),
    Variable(
        STORE_PASSWORD_VARIABLE,
        "kansoku",
        "The server: the password for that ClickHouse, where its address tells none.",
    ),
    Variable(
        KEY_VARIABLE,
        "kansoku",
        "The key that an application sends to Kansoku with, and that the commands ask it with. It goes to a "
        "told endpoint or to a Kansoku on this machine, and to no other.",
    ),
    Variable(KEYS_VARIABLE, "kansoku", "The server: its file of keys, as `kansoku up --keys` takes it."),
    Variable("OTEL_METRIC_EXPORT_TIMEOUT", "nobody", "An export ends by OTEL_EXPORTER_OTLP_TIMEOUT."),
    Variable("OTEL_BSP_EXPORT_TIMEOUT", "nobody", "An export ends by OTEL_EXPORTER_OTLP_TIMEOUT."),
)
"""Every variable that has a say, or that one might expect to have one, in the order of the docs."""
