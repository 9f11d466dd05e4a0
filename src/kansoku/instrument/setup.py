"""Beginning and ending: `init` puts a session together and in force, `shutdown` ends it."""

import atexit
import logging
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kansoku.catalog import settings as names
from kansoku.catalog.instruments import INSTRUMENTED
from kansoku.instrument import arguments, metering
from kansoku.instrument.assembly import Outlets, Spans, build
from kansoku.instrument.session import Session, activate, active

if TYPE_CHECKING:
    from kansoku.emit.cells import Cells
    from kansoku.emit.guard import Guard
    from kansoku.emit.identity import Identity
    from kansoku.emit.otlp import Destination
    from kansoku.emit.outlet import Outlet
    from kansoku.redact.redactor import Redactor

log = logging.getLogger("kansoku")

_FLUSH_S = 5.0


def init(
    service: str | None = None,
    *,
    environment: str = "",
    release: str = "",
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    prometheus_port: int | None = None,
    prometheus_host: str = "127.0.0.1",
    attributes: Mapping[str, arguments.AttributeValue] | None = None,
    redactor: "Redactor | None" = None,
    log_starts: bool = False,
    spans: Spans = "kansoku",
    user_id_key: bytes | str | None = None,
    pseudonymise_sessions: bool = False,
    propagate: Iterable[str] = (),
    dogstatsd: str | bool | None = None,
    temporality: str | None = None,
    max_series: int | None = None,
    metrics_dir: str | None = None,
    content: bool | None = None,
    content_max_bytes: int | None = None,
) -> None:
    """Records every call of Claude that this process makes from now on; the one line an app adds.

    OpenTelemetry providers that the application registers, before or later, are used and never replaced:
    without an endpoint that was told, telemetry goes through them alone. With `OTEL_SDK_DISABLED=true`
    nothing is recorded. Calling it again replaces the settings; a call or a stream that is under way then, or
    begins meanwhile, is recorded by the new ones, once, when it ends. What goes wrong later (no endpoint, a
    taken port) is logged and leaves the application alone.

    Args:
        service: The application's name; else `OTEL_SERVICE_NAME`.
        environment: Where it runs: production, staging …
        release: Its version.
        endpoint: OTLP/HTTP endpoint that gets everything, beside any providers; else `KANSOKU_ENDPOINT`.
            Where neither tells one, what no provider takes goes to `OTEL_EXPORTER_OTLP_ENDPOINT`, or a
            Kansoku on this machine.
        headers: Sent with every export, for example an API key.
        prometheus_port: Serves `/metrics` for Prometheus on this port; else, with `prometheus` in
            `OTEL_METRICS_EXPORTER` and no MeterProvider, where the environment says.
        prometheus_host: The address it is served on.
        attributes: More attributes of the resource.
        redactor: Replaces the redactor that `[redaction]` in `kansoku.toml` describes, or the default one.
        log_starts: Logs an `api_call_start` when a call begins, beside the line when it ends. It is made
            on the calling thread and goes to the `kansoku.calls` logger only.
        spans: Whose span a call has. `kansoku`: Kansoku's, and the SDK's own is not made. `native`: the SDK's
            own, which goes to the application's TracerProvider with Kansoku's attributes added (cost,
            attempts, feature, task, user …); a call that the SDK makes no span for has Kansoku's. Metrics and
            log lines are the same.
        user_id_key: Replaces user ids by pseudonyms made with this secret of at least 16 bytes; else
            `KANSOKU_USER_ID_KEY`, else user ids are redacted like any text.
        pseudonymise_sessions: Replaces session ids too; needs the key.
        propagate: What of a task other services are told in the W3C `baggage` header of outgoing
            requests: `task`, `feature`, `user_id`, `session_id`, `release`. Nothing by default.
        dogstatsd: A Datadog agent to send metrics to as well: `host:port`, `unix:///path` or
            `unixstream:///path`; True takes `DD_DOGSTATSD_URL`, or `DD_AGENT_HOST` and `DD_DOGSTATSD_PORT`.
        temporality: Of metrics over OTLP: `cumulative` or `delta`; else
            `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
        max_series: Label sets of one metric before the rest is counted together; else
            `KANSOKU_MAX_SERIES`, or 2,000.
        metrics_dir: Where the workers of a service share what a scrape shows; else `KANSOKU_METRICS_DIR`,
            `PROMETHEUS_MULTIPROC_DIR`, or a folder of this user among the temporary files.
        content: Keeps what is said in calls on their spans, redacted: prompts, answers, tools.
            Off, unless this, `KANSOKU_CONTENT`, `[content]` in `kansoku.toml` or OpenTelemetry's own variable
            says otherwise, the first of them that says anything.
        content_max_bytes: What one attribute of it may have; else `[content] max_bytes`, or 65,536.

    Raises:
        SettingError: If an argument, or a setting in `kansoku.toml`, cannot be used; it names the mend.
    """
    from kansoku.emit.doubts import forget
    from kansoku.emit.environment import is_disabled
    from kansoku.emit.set_aside import import_sdk
    from kansoku.price.book import PriceBook
    from kansoku.settings import settings

    forget()
    if is_disabled():
        shutdown()
        log.info("nothing is recorded: %s is true", names.SDK_DISABLED)
        return
    import_sdk()
    service = arguments.service_of(service)
    arguments.check_port(prometheus_port)
    arguments.check_spans(spans)
    destination = arguments.destination_of(endpoint, headers)
    told_by_file = settings()
    redacting = arguments.redactor_of(redactor, told_by_file.redaction)
    pseudonyms = arguments.pseudonyms_of(user_id_key, sessions=pseudonymise_sessions)
    told = arguments.propagated(propagate)
    agent = metering.dogstatsd_address(dogstatsd)
    said_bytes = arguments.content_bytes(content, content_max_bytes, told_by_file.content)
    sums, most = metering.temporality_of(temporality), metering.max_series_of(max_series)
    resource = arguments.resource_of(service, environment, release, attributes)
    before = active()
    if before is not None:
        before.content = before.content if said_bytes else None
        _make_way(before)
    session = build(
        service,
        resource,
        _routes(destination),
        redacting,
        spans=spans,
        pseudonyms=pseudonyms,
        propagate=told,
        temporality=sums,
        max_series=most,
        content_bytes=said_bytes,
        before=before,
    )
    session.destination = destination
    session.prices = PriceBook(overrides=told_by_file.prices)
    if log_starts:
        from kansoku.instrument.call_starts import starts_logged

        session.started = starts_logged(session)
    activate(session)
    if place := metering.scrape_place(prometheus_host, prometheus_port):
        metering.serve_port(session, service, *place, metrics_dir)
    metering.share_if_mounted(session, service, metrics_dir)
    if agent is not None:
        metering.send_to_datadog(session, agent, environment, release)
    _attach(session)
    _finish_first()
    if before is not None:  # only now: it may take its time, and calls go on
        _succeed(session, before)


def _finish_first() -> None:
    """Ends with the process, before a provider that was registered earlier does: the last one goes first."""
    atexit.unregister(_end)
    atexit.register(_end)


def _end() -> None:
    """Ends with the process, which waits for a busy machine and not for an endpoint that is away."""
    from kansoku.emit.pipeline import EXIT_MOST_S, EXIT_S

    _shut(EXIT_S, EXIT_MOST_S)


def flush(timeout: float = _FLUSH_S) -> bool:
    """Sends everything recorded so far. Gives False if it did not go within `timeout` seconds."""
    session = active()
    if session is None:
        return True
    until_s, before = time.monotonic() + timeout, session.predecessors
    if before is not None:
        before.urge()
    went = session.pipeline.flush(timeout)
    return (before is None or before.flush(until_s)) and went


def shutdown(timeout: float = _FLUSH_S) -> bool:
    """Flushes, stops recording and puts the SDK's own functions back. Harmless when nothing was begun.

    A stream that is open is recorded as left early, with what came of it so far; so it is at the end of the
    process, where this runs by itself.
    """
    return _shut(timeout)


def _shut(timeout: float, most: float | None = None) -> bool:
    """Ends it all, as `Pipeline.close` takes the times."""
    session = _out_of_force()
    if session is None:
        return True
    with session.guard.kept("shutdown"):
        session.open.leave()
    began_s, before = time.monotonic(), session.predecessors
    if before is not None:
        before.urge()
    went = session.pipeline.close(timeout, most)
    return (before is None or before.close(began_s + timeout, began_s + (most or timeout))) and went


def _out_of_force() -> Session | None:
    """Takes the session out of force, if there is one, and puts the SDK's own functions back."""
    session = activate(None)
    if session is None:
        return None
    from kansoku.instrument import agent_import, seam

    atexit.unregister(_end)
    seam.detach()
    agent_import.detach()
    _run_closing(session)
    return session


def _make_way(session: Session) -> None:
    """Has a session that is in force for a moment longer leave what comes, and its port, to the next one."""
    _run_closing(session)
    with session.guard.kept("init"):
        session.pipeline.make_way()


def _succeed(session: Session, before: Session) -> None:
    """Has the session before send what is left there, and keeps what does not go at once until it does."""
    from kansoku.emit.predecessors import Predecessors

    session.predecessors = session.predecessors or Predecessors()
    with session.guard.kept("init"):
        before.pipeline.leave(_FLUSH_S, session.cells)
        session.predecessors.add(before.pipeline)


def _run_closing(session: Session) -> None:
    """Runs what is to be done at a session's end."""
    for close in session.on_close:
        with session.guard.kept("shutdown"):
            close()


def _routes(destination: "Destination") -> Outlets:
    """Through the application's providers, and Kansoku's own way."""
    from kansoku.emit.own import Own
    from kansoku.emit.pipeline import UNREACHABLE
    from kansoku.emit.routes import Routes

    def routes(who: "Identity", cells: "Cells", guard: "Guard") -> "Outlet":
        made = Routes(
            Own(destination, lambda pillar, items: cells.lose(items, pillar, UNREACHABLE)),
            is_told=destination.is_told,
            who=who,
            cells=cells,
            guard=guard,
            found=_finish_first,
        )
        made.begin()
        return made

    return routes


def _attach(session: Session) -> None:
    """Wraps the SDK. Where that is not installed, there are still tasks and the Agent SDK to record."""
    from kansoku.instrument import agent_import, anatomy, seam

    agent_import.attach()
    try:
        seam.attach()
    except ModuleNotFoundError as error:
        if error.name == "anthropic":
            log.info("%s, so none of its calls is recorded", anatomy.NOT_INSTALLED)
            session.cells.put(INSTRUMENTED, 1.0)  # there is no call that could be missed
            return
        session.guard.count("attach")
    except (ImportError, AttributeError):
        session.guard.count("attach")
    seam.watch_state(session)
