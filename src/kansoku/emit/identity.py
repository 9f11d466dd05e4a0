"""Who the telemetry is from: the application's name, its resource, and the scope that is Kansoku."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.util.types import AttributeValue

_INSTANCE = "service.instance.id"


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

    def forked(self) -> "Identity":
        """The same in a forked child: an instance of its own, else its sums would collide with others."""
        own = Resource({_INSTANCE: str(uuid.uuid4())})
        return replace(self, resource=SteadyResource(self.resource.merge(own)))


Redacting = Callable[[Mapping[str, object]], dict[str, object]]
"""Redacts attributes, by name and by value."""


def redacted(resource: Resource, clean: Redacting) -> Resource:
    """The resource redacted, but for what OpenTelemetry makes up itself."""
    kept = {name: value for name, value in resource.attributes.items() if name.startswith(_MADE_UP)}
    told = {name: value for name, value in resource.attributes.items() if name not in kept}
    return Resource({**kept, **cast("dict[str, AttributeValue]", clean(told))}, resource.schema_url)


_MADE_UP = (_INSTANCE, "telemetry.")
