"""The command: every look in order, as lines for people or as JSON, and an exit code."""

import argparse
import importlib
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence

from kansoku.catalog.settings import LAST_PORT
from kansoku.catalog.text import LANGUAGES, Language, Text
from kansoku.doctor import reach, surroundings
from kansoku.doctor.canary import canary
from kansoku.doctor.finding import Finding, State
from kansoku.doctor.self_test import self_test

_MARKS: dict[State, str] = {"good": "✓", "bad": "✗", "neutral": "–"}
_VERDICT = {
    True: Text("Calls of Claude are recorded here.", "この環境では Claude の呼び出しが記録されます。"),
    False: Text("Something is to be mended: see ✗.", "✗ の項目を直してください。"),
}


def run(arguments: Sequence[str]) -> int:
    """Examines and prints. 0: all is well; 1: something is to be mended."""
    told = _parser().parse_args(arguments)
    logging.getLogger("kansoku").addHandler(logging.NullHandler())
    findings = [*_application(told.app), *examine(told.endpoint, told.prometheus_port)]
    language: Language = told.lang or _language(os.environ)
    sys.stdout.write(as_json(findings) if told.json else as_lines(findings, language))
    return 0 if is_well(findings) else 1


def examine(endpoint: str = "", prometheus_port: int | None = None) -> list[Finding]:
    """Every look, in the order of the way that a call takes."""
    return [
        surroundings.python(),
        surroundings.sdk(),
        surroundings.opentelemetry(),
        reach.disabled(),
        surroundings.seam(),
        *self_test(),
        *canary(),
        surroundings.native_spans(),
        surroundings.instrumentors(),
        surroundings.recording(),
        surroundings.providers(),
        *reach.endpoint_and_clock(endpoint),
        reach.prometheus(prometheus_port),
        reach.config(),
    ]


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether nothing is to be mended."""
    return all(finding.state != "bad" for finding in findings)


def as_lines(findings: Sequence[Finding], language: Language) -> str:
    """A line each, with its remedy below, and a verdict."""
    lines: list[str] = []
    for finding in findings:
        words = [each.as_dict()[language] for each in (finding.title, finding.seen)]
        lines.append(f"{_MARKS[finding.state]} {words[0]}: {words[1]}")
        if finding.remedy is not None:
            lines.append(f"    → {finding.remedy.as_dict()[language]}")
    return "\n".join((*lines, "", _VERDICT[is_well(findings)].as_dict()[language], ""))


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


def _application(name: str) -> list[Finding]:
    """Imports the application, so that what it sets up is there to be looked at."""
    if not name:
        return []
    title = Text("application", "アプリ")
    sys.path.insert(0, "")
    try:
        importlib.import_module(name)
    except Exception as error:
        seen = Text(f"{name} cannot be imported: {error!r}", f"{name} を読み込めません: {error!r}")
        remedy = Text("run it where the application starts", "アプリの起動場所で実行してください")
        return [Finding("application", title, "bad", seen, remedy)]
    return [Finding("application", title, "good", Text(f"{name} imported", f"{name} を読み込みました"))]


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
        "--app", default="", metavar="MODULE", help="import this module of the application first"
    )
    parser.add_argument("--endpoint", default="", metavar="URL", help="the endpoint that init is given")
    parser.add_argument("--prometheus-port", type=_port, metavar="PORT", help="the port that init is given")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--lang", choices=LANGUAGES, help="by default as the locale says")
    return parser
