"""The entry point for `opentelemetry-instrument`: records an application that has not a line about Kansoku.

Imported by OpenTelemetry's auto-instrumentation alone; `opentelemetry-instrumentation` comes with it.
"""

import logging
from collections.abc import Collection
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from kansoku.catalog.settings import SERVICE_NAME
from kansoku.emit.environment import service_name
from kansoku.instrument.session import Session, active
from kansoku.instrument.setup import init, shutdown

log = logging.getLogger("kansoku")

_UNKNOWN = "unknown_service"
"""What OpenTelemetry calls an application that has no name."""


class KansokuInstrumentor(BaseInstrumentor):
    """Begins recording unless the application has; a later `kansoku.init` in it takes over."""

    _session: Session | None = None

    def instrumentation_dependencies(self) -> Collection[str]:
        """What must be installed for this to be of use."""
        return ("anthropic >= 1",)

    def _instrument(self, **_: Any) -> None:
        """Begins, with what the environment says.

        Raises:
            SettingError: If a variable cannot be used; the auto-instrumentation logs it.
        """
        if active() is not None:
            return
        name = service_name()
        if not name:
            log.warning("telemetry carries the name %s: set %s", _UNKNOWN, SERVICE_NAME)
        init(name or _UNKNOWN)
        self._session = active()

    def _uninstrument(self, **_: Any) -> None:
        """Ends what it began; what an `init` in the application has begun since goes on."""
        if self._session is not None and active() is self._session:
            shutdown()
        self._session = None
