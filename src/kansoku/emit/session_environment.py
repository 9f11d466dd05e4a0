"""What the environment tells an exporter's HTTP session, looked up once a minute and not for each request.

`requests` walks through all variables twice for each request, to find proxies: a quarter of what a
request costs.
"""

import time
from collections.abc import Callable
from typing import Any

KEPT_S = 60.0
"""A variable that the application changes while it runs is seen so many seconds later."""

_MOST_KNOWN = 8


def remember(session: Any, clock: Callable[[], float] = time.monotonic) -> None:  # noqa: ANN401  has no type here
    """Has the session remember its settings. One that is not of `requests` itself decides for itself."""
    if type(session).__module__ != "requests.sessions":
        return
    merge = session.merge_environment_settings
    known: dict[tuple[Any, ...], tuple[float, dict[str, Any]]] = {}

    def merged(url: str, proxies: Any, stream: Any, verify: Any, cert: Any) -> dict[str, Any]:  # noqa: ANN401
        if proxies:
            return merge(url, proxies, stream, verify, cert)
        key = url, stream, verify, cert, session.verify, session.cert
        now = clock()
        until, found = known.get(key, (now, {}))
        if until <= now:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            found = merge(url, proxies, stream, verify, cert)
            known[key] = now + KEPT_S, found
        return {**found, "proxies": dict(found["proxies"])}

    session.merge_environment_settings = merged
