"""What holds when nothing is said: OTLP's registered ports on this machine, and the file of settings."""

HOST = "127.0.0.1"
PORT = 4318
"""OTLP over HTTP, and with it the API and the page."""

GRPC_PORT = 4317
"""OTLP over gRPC."""

URL = f"http://{HOST}:{PORT}"
"""The server on this machine."""

ENDPOINT_VARIABLES = ("KANSOKU_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Environment variables that say where an application sends, the first one first."""

CONFIG_VARIABLE = "KANSOKU_CONFIG"
"""Environment variable that names the file of settings."""

CONFIG_FILE = "kansoku.toml"
"""The file of settings, in the working directory, where the variable names none. It need not exist."""
USER_ID_KEY_VARIABLE = "KANSOKU_USER_ID_KEY"
"""Environment variable with the secret that user ids are pseudonymised by."""
METRICS_DIR_VARIABLES = ("KANSOKU_METRICS_DIR", "PROMETHEUS_MULTIPROC_DIR")
"""Where the workers of a service share their metrics, the first one first."""

MAX_SERIES_VARIABLE = "KANSOKU_MAX_SERIES"
TEMPORALITY_VARIABLE = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
DOGSTATSD_URL_VARIABLE = "DD_DOGSTATSD_URL"
