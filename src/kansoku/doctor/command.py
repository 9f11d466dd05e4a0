"""The command: every look in order, as lines for people or as JSON, and an exit code."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence

from kansoku.catalog.settings import LAST_PORT
from kansoku.catalog.text import LANGUAGES, Language, Text
from kansoku.doctor import reach, surroundings
from kansoku.doctor.application import imported, report_apart
from kansoku.doctor.canary import canary
from kansoku.doctor.finding import Finding, State
from kansoku.doctor.self_test import self_test

_MARKS: dict[State, str] = {"good": "✓", "bad": "✗", "neutral": "–"}
_RECORDED = Text("Calls of Claude are recorded here.", "この環境では Claude の呼び出しが記録されます。")
_READY = Text(
    "Calls of Claude can be recorded here; that the application calls kansoku.init was not seen.",
    "この環境では Claude の呼び出しを記録できます（アプリによる kansoku.init の呼び出しは未確認）。",
)
_TO_MEND = Text("Something is to be mended: see ✗.", "✗ の項目を直してください。")


def run(arguments: Sequence[str]) -> int:
    """Examines and prints. 0: all is well; 1: something is to be mended."""
    told = _parser().parse_args(arguments)
    logging.getLogger("kansoku").addHandler(logging.NullHandler())
    report = report_apart() if told.app else sys.stdout
    application = [imported(told.app)] if told.app else []
    findings = [*application, *examine(told.endpoint, told.prometheus_port, is_imported=bool(told.app))]
    language: Language = told.lang or _language(os.environ)
    report.write(as_json(findings) if told.json else as_lines(findings, language))
    report.flush()
    return 0 if is_well(findings) else 1


def examine(
    endpoint: str = "", prometheus_port: int | None = None, *, is_imported: bool = False
) -> list[Finding]:
    """Every look, in the order of the way that a call takes.

    An address that is not given is the one that the application told, where it was imported.
    """
    return [
        surroundings.python(),
        surroundings.sdk(),
        surroundings.opentelemetry(),
        reach.disabled(),
        *(_by_calls() if surroundings.has_sdk() else ()),
        surroundings.instrumentors(),
        surroundings.recording(is_imported=is_imported),
        surroundings.providers(is_imported=is_imported),
        *reach.endpoint_and_clock(endpoint),
        reach.prometheus(prometheus_port),
        reach.config(),
    ]


def _by_calls() -> list[Finding]:
    """What is looked at by calls through the SDK, and of it."""
    return [surroundings.seam(), *self_test(), *canary(), surroundings.native_spans()]


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether nothing is to be mended."""
    return all(finding.state != "bad" for finding in findings)


def _verdict(findings: Sequence[Finding]) -> Text:
    """In a sentence."""
    if not is_well(findings):
        return _TO_MEND
    is_seen = any(finding.name == "recording" and finding.state == "good" for finding in findings)
    return _RECORDED if is_seen else _READY


def as_lines(findings: Sequence[Finding], language: Language) -> str:
    """A line each, with its remedy below, and a verdict."""
    lines: list[str] = []
    for finding in findings:
        words = [each.as_dict()[language] for each in (finding.title, finding.seen)]
        lines.append(f"{_MARKS[finding.state]} {words[0]}: {words[1]}")
        if finding.remedy is not None:
            lines.append(f"    → {finding.remedy.as_dict()[language]}")
    return "\n".join((*lines, "", _verdict(findings).as_dict()[language], ""))


def as_json(findings: Sequence[Finding]) -> str:
    """For programs: stable names, both languages."""
    told = [
        {
            "name": finding.name,
            "state": finding.state,
            "title": finding.title.as_dict(),
            "seen": finding.seen.as_dict(),
            "remedy": None if finding.remedy is None else finding.remedy.as_dict(),
        }
        for finding in findings
    ]
    return json.dumps({"well": is_well(findings), "findings": told}, ensure_ascii=False, indent=2) + "\n"


def _language(environment: Mapping[str, str]) -> Language:
    """Japanese where the locale says so."""
    told = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ja" if next(filter(None, told), "").lower().startswith("ja") else "en"


def _port(given: str) -> int:
    """A port's number."""
    if not given.isdecimal() or not 0 < int(given) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"{given!r} is no port; give one from 1 to {LAST_PORT}")
    return int(given)


def _parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = argparse.ArgumentParser(
        prog="kansoku doctor", description="Say whether calls of Claude are recorded in this environment."
    )
    parser.add_argument(
        "--app",
        default="",
        metavar="MODULE[:NAME]",
        help="import the application first, as shop.main or shop.main:app, and look at what it tells init",
    )
    parser.add_argument("--endpoint", default="", metavar="URL", help="the endpoint that init is given")
    parser.add_argument("--prometheus-port", type=_port, metavar="PORT", help="the port that init is given")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--lang", choices=LANGUAGES, help="by default as the locale says")
    return parser
