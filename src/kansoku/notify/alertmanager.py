"""Alertmanager: every alarm that fires is sent again each minute, as Prometheus does (API v2).

It takes an alert for ended once `endsAt` has passed, so that it hears of it even if this server is lost. The
annotations are sent with the end too, or the message that it then sends would have none.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from kansoku.notify.item import Item
from kansoku.notify.labels import alert, rfc3339
from kansoku.notify.message import Style
from kansoku.notify.post import Request

RESEND_S = 60.0
"""Seconds between two sends of what fires."""

KEPT_S = 15 * 60.0
"""For so many seconds an end is sent again, as Prometheus does."""

FRESH_S = 4 * RESEND_S
"""An alert counts as ended when it was not sent again for so many seconds; what is older is not sent."""


def request(url: str, token: str | None, items: Sequence[Item], style: Style, now: float) -> Request:
    """The request that says what fires and what has ended.

    Args:
        url: Where Alertmanager's page is.
        token: What it is let in by, if it wants one.
        items: What fires, and what has ended of late.
        style: The language of the annotations.
        now: When it is sent, in unix seconds.
    """
    ends = now + FRESH_S
    # After the clock was set back an alarm may have fired later than now, and ended before it began.
    told = (replace(one, fired_at=min(one.fired_at, one.resolved_at or now)) for one in items)
    body = [alert(one, style, rfc3339(one.resolved_at or ends)) for one in told]
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    sent = json.dumps(body, ensure_ascii=False).encode()
    secrets = () if token is None else (token,)
    return Request(f"{url}/api/v2/alerts", sent, headers, allow_private=True, secrets=secrets)
