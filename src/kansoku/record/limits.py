"""The rate limits as the API's last answer told them (headers of Anthropic's API documentation)."""

from dataclasses import dataclass

from kansoku.record.headers import LEFT_OF_LIMITS, RETRY_AFTER, RETRY_AFTER_MS, Headers


@dataclass(frozen=True, slots=True)
class Headroom:
    """What was left of one limit: `remaining` of `limit` requests or tokens."""

    name: str
    remaining: int
    limit: int

    @property
    def ratio(self) -> float:
        """The share that was left, 0 to 1."""
        return self.remaining / self.limit if self.remaining < self.limit else 1.0


def headroom_of(headers: Headers | None) -> tuple[Headroom, ...]:
    """Each limit that the answer told; one without both figures, or of 0, is left out."""
    if headers is None:
        return ()
    found: list[Headroom] = []
    for name, left, most in LEFT_OF_LIMITS:
        told = headers.get(left)
        if told is None:
            continue
        remaining, limit = _whole(told), _whole(headers.get(most))
        if remaining is not None and limit:
            found.append(Headroom(name, remaining, limit))
    return tuple(found)


def retry_after_of(headers: Headers | None) -> float | None:
    """Seconds after which the last answer asked to try again, or None."""
    if headers is None:
        return None
    if (milliseconds := _number(headers.get(RETRY_AFTER_MS))) is not None:
        return milliseconds / 1_000
    return _number(headers.get(RETRY_AFTER))


def _whole(value: object) -> int | None:
    """The whole number, not negative, in the header."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _number(value: object) -> float | None:
    """The number, not negative, in the header; a date is left alone."""
    if isinstance(value, str) and value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    return None
