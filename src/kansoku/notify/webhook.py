"""Any address: JSON in the form of Alertmanager's own webhook (version 4), signed where there is a key.

`Kansoku-Signature` is `sha256=` and the HMAC-SHA256, in hexadecimal, of the text of `Kansoku-Timestamp`
(unix seconds), a full stop, and the body's bytes. A receiver that compares it and refuses old times knows
who sent it and that nobody sends it again. `Kansoku-Delivery` stays the same when one message is tried again.
"""

import hmac
import json
from collections.abc import Sequence
from hashlib import sha256

from kansoku.notify.item import Item
from kansoku.notify.labels import NO_TIME, alert, annotations, labels, rfc3339
from kansoku.notify.message import Style
from kansoku.notify.post import Request


def request(
    url: str,
    key: str | None,
    receiver: str,
    items: Sequence[Item],
    style: Style,
    *,
    now: float,
    allow_private: bool,
) -> Request:
    """The request that tells of the items.

    Args:
        url: Where to.
        key: What to sign with.
        receiver: The channel's name.
        items: What is told; all of them, however many.
        style: The language of the annotations.
        now: When it is sent, in unix seconds.
        allow_private: Whether it may go to a network of one's own.
    """
    body = json.dumps(_told(receiver, items, style), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "Kansoku-Delivery": delivery(receiver, items),
        "Kansoku-Timestamp": str(int(now)),
    }
    if key is not None:
        headers["Kansoku-Signature"] = signature(key, int(now), body)
    return Request(url, body, headers, allow_private, secrets=() if key is None else (key,))


def signature(key: str, timestamp: int, body: bytes) -> str:
    """What `Kansoku-Signature` is for a body sent at that time."""
    return f"sha256={hmac.new(key.encode(), f'{timestamp}.'.encode() + body, sha256).hexdigest()}"


def delivery(receiver: str, items: Sequence[Item]) -> str:
    """Names the message by what it tells of."""
    told = repr((receiver, [(one.fingerprint, one.state, one.at, one.turn) for one in items]))
    return sha256(told.encode()).hexdigest()[:32]


def _told(receiver: str, items: Sequence[Item], style: Style) -> dict[str, object]:
    groups = list(dict.fromkeys(one.group for one in items))
    firing = any(one.state == "firing" for one in items)
    return {
        "version": "4",
        "groupKey": f"kansoku:{','.join(groups)}",
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": receiver,
        "groupLabels": {"group": groups[0]} if len(groups) == 1 else {},
        "commonLabels": _common([labels(one) for one in items]),
        "commonAnnotations": _common([annotations(one, style) for one in items]),
        "externalURL": style.url,
        "alerts": [_alert(one, style) for one in items],
    }


def _alert(item: Item, style: Style) -> dict[str, object]:
    ended = NO_TIME if item.resolved_at is None else rfc3339(item.resolved_at)
    return {"status": item.state, **alert(item, style, ended), "fingerprint": item.fingerprint}


def _common(each: list[dict[str, str]]) -> dict[str, str]:
    """What all of them have."""
    shared = set(each[0].items()).intersection(*(one.items() for one in each[1:]))
    return {name: text for name, text in each[0].items() if (name, text) in shared}
