"""docs/redaction.md says what is so: its examples run, its settings are read, its entities are all there."""

import doctest
import re
from pathlib import Path

from kansoku.redact.configured import configured
from kansoku.redact.detectors import ENTITIES
from kansoku.settings import parsed

PAGE = Path(__file__).parents[2] / "docs" / "redaction.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def test_the_examples_say_what_they_print() -> None:
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    examples = parser.get_doctest("".join(blocks("pycon")), {}, PAGE.name, str(PAGE), 0)
    assert len(examples.examples) > 12
    told: list[str] = []
    assert runner.run(examples, out=told.append).failed == 0, "".join(told)


def test_the_settings_make_a_redactor() -> None:
    (text,) = blocks("toml")
    redactor = configured(parsed(text, "kansoku.toml", {"REDACTION_KEY": "k" * 16}).redaction)
    assert redactor.text("taro@example.com").startswith("<EMAIL:2026:")
    assert redactor.text("support@example.com it@shop.example") == "support@example.com it@shop.example"


def test_every_entity_is_told_of() -> None:
    told = set(re.findall(r"`([A-Z0-9_]+)`", PAGE.read_text().partition("## In Python")[0]))
    assert set(ENTITIES) <= told
