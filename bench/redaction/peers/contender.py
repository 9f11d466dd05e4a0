"""The contenders: how each finds, how each redacts, and its entities by our names.

A peer is imported when it is asked for, by name: it lives in an environment of its own.
"""

# ruff: noqa: ANN401  peers are not typed here

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

Found = list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of redacting.

    Attributes:
        find: Start, end and entity of all that it finds; None if it does not tell.
        redact: A text, redacted.
        redact_json: JSON text, redacted.
    """

    find: Callable[[str], Found] | None
    redact: Callable[[str], object]
    redact_json: Callable[[str], object]


PRESIDIO = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CREDIT_CARD",
    "US_SSN": "US_SSN",
    "IBAN_CODE": "IBAN",
    "US_PASSPORT": "PASSPORT",
    "US_DRIVER_LICENSE": "DRIVER_LICENSE",
    "US_BANK_NUMBER": "BANK_ACCOUNT",
    "UK_NHS": "NATIONAL_ID",
    "IP_ADDRESS": "IP_ADDRESS",
}
SCRUBADUB = {
    "email": "EMAIL",
    "phone": "PHONE",
    "credit_card": "CREDIT_CARD",
    "social_security_number": "US_SSN",
    "credential": "SECRET",
}
NAIVE = {
    "SECRET": r"(?i)(?:api[_-]?key|token|secret|password)['\"]?\s*[:=]\s*['\"]?[^\s'\"]+",
    "EMAIL": r"[\w.+-]+@[\w-]+\.[\w.-]+",
    "IBAN": r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b",
    "CREDIT_CARD": r"\b(?:\d[ -]*?){13,16}\b",
    "MY_NUMBER": r"\b\d{4}[ -]?\d{4}[ -]?\d{4}\b",
    "US_SSN": r"\b\d{3}-\d{2}-\d{4}\b",
    "POSTAL_CODE": r"〒?\d{3}-\d{4}",
    "PHONE": r"\+?\d[\d\-() ]{8,}\d",
    "IP_ADDRESS": r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
}
"""Patterns such as are found in projects that do it by hand, in the order in which they are applied."""

WHAT = {
    "kansoku": "with hyperscan where it is installed",
    "kansoku plain": "pure Python",
    "presidio": "AnalyzerEngine with its default recognizers for English, no model, every score",
    "scrubadub": "Scrubber with its default detectors",
    "logfire": "Scrubber with its default patterns; replaces whole values by words in them, tells no places",
    "naive": "a list of re patterns",
}
OWN = ("kansoku", "kansoku plain")
OWN_VENV = {"presidio": "presidio", "scrubadub": "scrubadub", "logfire": "logfire"}
"""The peers that are installed, and the names of their lists."""


def kansoku(*, plain: bool) -> Contender:
    """Kansoku's redactor."""
    redactors: Any = import_module("kansoku.redact.redactor")
    scans: Any = import_module("kansoku.redact.scan")
    redactor = redactors.Redactor(scan=scans.PlainScan if plain else None)

    def find(text: str) -> Found:
        return [(each.start, each.end, each.entity) for each in redactor.find(text)]

    return Contender(find, redactor.text, redactor.redact_json)


def presidio() -> Contender:
    """Presidio's analyzer, its patterns alone. Finding is what is timed: replacing is another package."""
    extract: Any = import_module("tldextract")
    extract.extract = extract.TLDExtract(suffix_list_urls=())  # it would ask the network for suffixes
    package: Any = import_module("presidio_analyzer")
    no_model = import_module("presidio_analyzer.nlp_engine").NoOpNlpEngine
    engine = package.AnalyzerEngine(
        nlp_engine=no_model(models=[{"lang_code": "en", "model_name": "none"}]),
        supported_languages=["en"],
    )

    def analyze(text: str) -> Any:
        return engine.analyze(text, "en")

    def find(text: str) -> Found:
        # the surest come first
        known = [(each.start, each.end, PRESIDIO.get(each.entity_type, "")) for each in analyze(text)]
        return _apart([each for each in known if each[2]])

    return Contender(find, analyze, analyze)


def scrubadub() -> Contender:
    """Scrubadub's own set of detectors."""
    scrubber: Any = import_module("scrubadub").Scrubber()

    def find(text: str) -> Found:
        return [
            (filth.beg, filth.end, SCRUBADUB[filth.type])
            for filth in scrubber.iter_filth(text)
            if filth.type in SCRUBADUB
        ]

    return Contender(find, scrubber.clean, scrubber.clean)


def logfire() -> Contender:
    """Logfire's scrubber."""
    scrubber: Any = import_module("logfire._internal.scrubbing").Scrubber(None)

    def redact(text: str) -> object:
        return scrubber.scrub_value(("attributes", "message"), text)

    def redact_json(text: str) -> object:
        return json.dumps(scrubber.scrub_value(("attributes",), json.loads(text))[0])

    return Contender(None, redact, redact_json)


def naive() -> Contender:
    """The list of patterns, each over the text that the one before it left."""
    patterns = {entity: re.compile(pattern) for entity, pattern in NAIVE.items()}

    def redact(text: str) -> str:
        for entity, pattern in patterns.items():
            text = pattern.sub(f"<{entity}>", text)
        return text

    def find(text: str) -> Found:
        return _apart(
            [
                (*each.span(), entity)
                for entity, pattern in patterns.items()
                for each in pattern.finditer(text)
            ]
        )

    return Contender(find, redact, redact)


def _apart(found: Found) -> Found:
    """Without those that overlap one before them in the list."""
    kept: Found = []
    for each in found:
        if all(each[1] <= other[0] or other[1] <= each[0] for other in kept):
            kept.append(each)
    return sorted(kept)


CONTENDERS: dict[str, Callable[[], Contender]] = {
    "kansoku": lambda: kansoku(plain=False),
    "kansoku plain": lambda: kansoku(plain=True),
    "naive": naive,
    "logfire": logfire,
    "scrubadub": scrubadub,
    "presidio": presidio,
}
