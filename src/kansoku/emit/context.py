"""The task in OpenTelemetry's context: for code that copies only that; as baggage, for other services."""

from collections.abc import Callable, Mapping

from opentelemetry import baggage
from opentelemetry.context import Context, attach, create_key, get_current, get_value, set_value

from kansoku.catalog.baggage import BAGGAGE, MAX_CHARACTERS

_KEY = create_key("kansoku-scope")


class OtelContext:
    """Puts tasks into OpenTelemetry's context and finds them there.

    No token of `attach` is kept: a generator may end in another context than it began in, and `detach`
    would complain. Leaving takes out what entering put in, and only where it is still there.

    Args:
        propagate: Fields that go into baggage, from where propagators put them into outgoing headers.
        cleaned: Redacts or pseudonymises one of them, by its name; it leaves the process as that.
    """

    def __init__(self, propagate: tuple[str, ...], cleaned: Callable[[str, str], str]) -> None:
        self._propagate = propagate
        self._cleaned = cleaned

    def enter(self, scope: object, fields: Mapping[str, str]) -> Callable[[], None]:
        """Makes the scope current; gives what takes it out again."""
        outer = get_current()
        before = {BAGGAGE[name]: baggage.get_baggage(BAGGAGE[name], outer) for name in self._propagate}
        told = {BAGGAGE[name]: self._cleaned(name, fields[name]) for name in self._propagate if fields[name]}
        attach(_with_baggage(set_value(_KEY, scope, outer), told))
        return lambda: _leave(scope, get_value(_KEY, outer), before)

    def current(self) -> Context:
        """The current context, for who asks more than one thing of it: each look for it costs."""
        return get_current()

    def scope(self, context: Context | None = None) -> object:
        """The scope that the context carries, the current one if there is none given; or None."""
        return (get_current() if context is None else context).get(_KEY)

    def received(self) -> dict[str, str]:
        """The fields that baggage carries: told by another service, so bounded and not trusted."""
        carried = baggage.get_all()
        if not carried:
            return {}
        found = {name: carried.get(key) for name, key in BAGGAGE.items()}
        return {n: v for n, v in found.items() if isinstance(v, str) and 0 < len(v) <= MAX_CHARACTERS}


def _leave(scope: object, before: object, told_before: Mapping[str, object]) -> None:
    """Puts back what was there before, if the scope is still current in this context."""
    current = get_current()
    if get_value(_KEY, current) is scope:
        attach(_with_baggage(set_value(_KEY, before, current), told_before))


def _with_baggage(context: Context, values: Mapping[str, object]) -> Context:
    """The context with these entries of baggage; None takes one out."""
    for key, value in values.items():
        if value is None:
            context = baggage.remove_baggage(key, context)
        else:
            context = baggage.set_baggage(key, value, context)
    return context
