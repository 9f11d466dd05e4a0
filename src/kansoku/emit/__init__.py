"""Call to span, metrics and log line: redacted, priced facts go out to whoever asked for them.

Facts enter from `instrument` through one bounded queue; OTLP requests, a scrape page and JSON lines
leave, all off the calling thread. May import `record`, `redact`, `catalog` and the OpenTelemetry SDK.
"""
