"""Anthropic API keys and bearer tokens, by the prefixes that their issuers gave them to be found by."""

import re

from kansoku.redact.detector import LEFT, PlaceDetector, found
from kansoku.redact.finding import Finding

_SECRET = re.compile(LEFT + r"(?:sk-ant-[A-Za-z0-9_\-]{8,}|[Bb]earer +[A-Za-z0-9._~+/=\-]{12,})")


def secret_at(text: str, at: int) -> Finding | None:
    """The key or token that begins here."""
    return found(_SECRET.match(text, at), "SECRET")


PREFIXED = PlaceDetector("SECRET", secret_at, words=("sk-ant-", "bearer "))
