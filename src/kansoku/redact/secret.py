"""Anthropic API keys and bearer tokens, by the prefixes that their issuers gave them to be found by."""

import re
from collections.abc import Iterable

from kansoku.redact.finding import LEFT, Finding, matches

_SECRET = re.compile(LEFT + r"(?:sk-ant-[A-Za-z0-9_\-]{8,}|[Bb]earer +[A-Za-z0-9._~+/=\-]{12,})")


def find_secrets(text: str) -> Iterable[Finding]:
    """Every API key and bearer token."""
    return matches(_SECRET, text, "SECRET") if "sk-ant-" in text or "earer" in text else ()
