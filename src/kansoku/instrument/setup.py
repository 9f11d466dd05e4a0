"""Beginning and ending: `init` puts a session together and in force, `shutdown` ends it."""

import atexit
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, get_args

from kansoku.catalog import settings as names
from kansoku.catalog.baggage import BAGGAGE
from kansoku.errors import SettingError
from kansoku.instrument import metering
from kansoku.instrument.session import Session, activate, active

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from kansoku.emit.cells import Cells
    from kansoku.emit.guard import Guard
    from kansoku.emit.identity import Identity
    from kansoku.emit.otlp import Destination
    from kansoku.emit.otlp_metrics import Temporality
    from kansoku.emit.outlet import Outlet
    from kansoku.price.book import PriceBook
    from kansoku.record.facts import Fact
    from kansoku.redact.pseudonym import Pseudonyms
    from kansoku.redact.redactor import Redactor

log = logging.getLogger("kansoku")

_EXIT_FLUSH_S = 3.0
_LAST_PORT = 65_535

AttributeValue = str | bool | int | float
Spans = Literal["kansoku", "native"]


def init(
    service: str | None = None,
    *,
    environment: str = "",
    release: str = "",
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    prometheus_port: int | None = None,
    prometheus_host: str = "127.0.0.1",
    attributes: Mapping[str, AttributeValue] | None = None,
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
) -> None:
    """Records every call of Claude that this process makes from now on; the one line an app adds.

    OpenTelemetry providers that the application registers, before or later, are used and never replaced:
    without an endpoint that was told, telemetry goes through them alone. With `OTEL_SDK_DISABLED=true`
    nothing is recorded. Calling it again replaces the settings. What goes wrong later (no endpoint, a
    taken port) is logged and leaves the application alone.

    Args:
        service: The application's name; else `OTEL_SERVICE_NAME`.
        environment: Where it runs: production, staging …
        release: Its version.
        endpoint: OTLP/HTTP endpoint that gets everything, beside any providers; else `KANSOKU_ENDPOINT`.
            Where neither tells one, what no provider takes goes to `OTEL_EXPORTER_OTLP_ENDPOINT`, or a
            Kansoku on this machine.
        headers: Sent with every export, for example an API key.
        prometheus_port: Serves `/metrics` for Prometheus on this port, if given.
        prometheus_host: The address it is served on.
        attributes: More attributes of the resource.
        redactor: Replaces the default redactor.
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
        dogstatsd: A Datadog agent to send metrics to as well: `host:port` or `unix:///path`; True takes
            `DD_DOGSTATSD_URL`, or `DD_AGENT_HOST` and `DD_DOGSTATSD_PORT`.
        temporality: Of metrics over OTLP: `cumulative` or `delta`; else
            `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
        max_series: Label sets of one metric before the rest is counted together; else
            `KANSOKU_MAX_SERIES`, or 2,000.
        metrics_dir: Where the workers of a service share what a scrape shows; else `KANSOKU_METRICS_DIR`,
            `PROMETHEUS_MULTIPROC_DIR`, or a folder of this user among the temporary files.

    Raises:
        SettingError: If an argument, or a price in `kansoku.toml`, cannot be used; it names the mend.
    """
    from kansoku.emit.environment import is_disabled

    if is_disabled():
        shutdown()
        log.info("nothing is recorded: %s is true", names.SDK_DISABLED)
        return
    service = _service(service)
    if prometheus_port is not None and not 0 < prometheus_port <= _LAST_PORT:
        raise SettingError(f"prometheus_port: {prometheus_port} is no port; give one from 1 to {_LAST_PORT}")
    if spans not in get_args(Spans):
        raise SettingError(f"spans: {spans!r} is not known; give 'kansoku' or 'native'")
    destination = _destination(endpoint, headers)
    prices = _prices()
    pseudonyms = _pseudonyms(user_id_key, sessions=pseudonymise_sessions)
    told = propagated(propagate)
    agent = metering.dogstatsd_address(dogstatsd)
    sums, most = metering.temporality_of(temporality), metering.max_series_of(max_series)
    shutdown()
    session = build(
        service,
        _resource(service, environment, release, attributes),
        _routes(destination),
        redactor,
        spans=spans,
        pseudonyms=pseudonyms,
        propagate=told,
        temporality=sums,
        max_series=most,
    )
    session.prices = prices
    if log_starts:
        from kansoku.instrument.call_starts import starts_logged

        session.started = starts_logged(session)
    activate(session)
    if prometheus_port is not None:
        metering.serve_port(session, service, prometheus_host, prometheus_port, metrics_dir)
    metering.share_if_mounted(session, service, metrics_dir)
    if agent is not None:
        metering.send_to_datadog(session, agent, service, environment, release)
    _attach(session)
    _finish_first()


def _finish_first() -> None:
    """Ends with the process, before a provider that was registered earlier does: the last one goes first."""
    atexit.unregister(shutdown)
    atexit.register(shutdown, _EXIT_FLUSH_S)


def flush(timeout: float = 5.0) -> bool:
    """Sends everything recorded so far. Gives False if it did not go within `timeout` seconds."""
    session = active()
    return True if session is None else session.pipeline.flush(timeout)


def shutdown(timeout: float = 5.0) -> bool:
    """Flushes, stops recording and puts the SDK's own functions back. Harmless when nothing was begun."""
    session = activate(None)
    if session is None:
        return True
    from kansoku.instrument import agent_import, seam

    atexit.unregister(shutdown)
    seam.detach()
    agent_import.detach()
    for close in session.on_close:
        with session.guard.kept("shutdown"):
            close()
    return session.pipeline.close(timeout)


Outlets = Callable[["Identity", "Cells", "Guard"], "Outlet"]
"""Makes the outlet of a session, whose parts it needs."""


def build(
    service: str,
    resource: "Resource",
    outlet: Outlets,
    redactor: "Redactor | None" = None,
    *,
    seen: "Callable[[Fact], None] | None" = None,
    spans: Spans = "kansoku",
    pseudonyms: "Pseudonyms | None" = None,
    propagate: tuple[str, ...] = (),
    temporality: "Temporality" = "cumulative",
    max_series: int | None = None,
) -> Session:
    """A session with all its parts, not yet in force."""
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    from kansoku.catalog.instruments import INSTRUMENTS, INTERNAL_ERRORS
    from kansoku.emit.cells import MAX_SERIES, Cells
    from kansoku.emit.cleaning import Cleaner
    from kansoku.emit.context import OtelContext
    from kansoku.emit.current import current_span
    from kansoku.emit.environment import limits
    from kansoku.emit.foreign import ForeignSpans
    from kansoku.emit.guard import Guard
    from kansoku.emit.identity import Identity, SteadyResource
    from kansoku.emit.native import NativeSpans
    from kansoku.emit.pipeline import Pipeline
    from kansoku.redact.redactor import Redactor

    cells = Cells(INSTRUMENTS, max_series or MAX_SERIES)
    guard = Guard()
    natives = NativeSpans() if spans == "native" else None
    who = Identity(service, SteadyResource(resource), InstrumentationScope("kansoku", _version()))
    masking = redactor or Redactor(on_failure=lambda n: cells.add(INTERNAL_ERRORS, n, "redaction"))
    cleaner = Cleaner(masking, pseudonyms)
    pipeline = Pipeline(
        identity=who,
        outlet=outlet(who, cells, guard),
        cells=cells,
        cleaner=cleaner,
        guard=guard,
        limits=limits(),
        seen=seen,
        natives=natives,
        temporality=temporality,
    )
    where = str(resource.attributes.get("deployment.environment.name", ""))
    return Session(
        pipeline,
        cells,
        guard,
        current_span,
        service=service,
        environment=where,
        redactor=masking,
        foreign=ForeignSpans().around,
        natives=natives,
        otel=OtelContext(propagate, cleaner.about),
    )


def _prices() -> "PriceBook":
    """The price book with the user's own prices in front."""
    from kansoku.price.book import PriceBook
    from kansoku.settings import settings

    return PriceBook(overrides=settings().prices)


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


def _pseudonyms(key: bytes | str | None, *, sessions: bool) -> "Pseudonyms | None":
    """Pseudonyms by the key of the argument or the environment, or None without one."""
    from kansoku.redact.pseudonym import Pseudonyms

    found = os.environ.get(names.USER_ID_KEY_VARIABLE) if key is None else key
    if found is None or (key is None and not found):
        if sessions:
            raise SettingError(f"pseudonymise_sessions: needs user_id_key or {names.USER_ID_KEY_VARIABLE}")
        return None
    return Pseudonyms(found, sessions=sessions)


def _routes(destination: "Destination") -> Outlets:
    """Through the application's providers, and Kansoku's own way."""
    from kansoku.emit.own import Own
    from kansoku.emit.routes import Routes

    def routes(who: "Identity", cells: "Cells", guard: "Guard") -> "Outlet":
        made = Routes(
            Own(destination),
            is_told=destination.is_told,
            who=who,
            cells=cells,
            guard=guard,
            found=_finish_first,
        )
        made.begin()
        return made

    return routes


def _version() -> str:
    """The installed version of Kansoku."""
    from importlib.metadata import version

    return version("kansoku")


def _service(given: str | None) -> str:
    """The application's name: the argument, or the environment."""
    from kansoku.emit.environment import service_name

    found = (service_name() if given is None else given).strip()
    if not found:
        raise SettingError(
            f"service: is empty; give the application's name, as in init(service='support-bot'), "
            f"or set {names.SERVICE_NAME}"
        )
    return found


def _destination(endpoint: str | None, headers: Mapping[str, str] | None) -> "Destination":
    """Where Kansoku's own telemetry goes, checked."""
    from kansoku.emit.environment import told
    from kansoku.emit.otlp import Destination

    found = Destination(endpoint or told(names.KANSOKU_ENDPOINT), headers or {})
    found.check()
    return found


def _resource(
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


def _attach(session: Session) -> None:
    """Wraps the SDK; without it there is nothing to record, which is said once."""
    from kansoku.instrument import agent_import, seam

    agent_import.attach()
    try:
        seam.attach()
    except (ImportError, AttributeError):
        session.guard.count("attach")
    seam.tell_state(session)
