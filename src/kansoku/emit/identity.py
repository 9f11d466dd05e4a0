"""Who the telemetry is from: the application's name, its resource, and the scope that is Kansoku."""

from dataclasses import dataclass

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope


class SteadyResource(Resource):
    """A resource that computes its hash once.

    OpenTelemetry's encoders ask for it with every span and every log record, and its own serialises all
    attributes each time.
    """

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource.attributes, resource.schema_url)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the telemetry is from."""

    service: str
    resource: Resource
    scope: InstrumentationScope
