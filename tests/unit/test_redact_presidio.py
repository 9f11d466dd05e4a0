"""The adapter of Presidio, on a stand-in of ours that has the interface its documentation describes."""

import re
from dataclasses import dataclass

from kansoku.redact.presidio import presidio_recognizer
from kansoku.redact.redactor import FAILED, Redactor


@dataclass(frozen=True)
class RecognizerResult:
    entity_type: str
    start: int
    end: int
    score: float


class AnalyzerEngine:
    """Knows two names and a city, and how sure it is."""

    known = (("PERSON", "Taro Yamada", 0.85), ("PERSON", "May", 0.4), ("LOCATION", "Osaka", 0.85))

    def analyze(
        self,
        text: str,
        language: str,
        entities: list[str] | None = None,
        score_threshold: float | None = None,
    ) -> list[RecognizerResult]:
        assert language == "en"
        del score_threshold  # as older versions did, which the adapter must not rest on
        return [
            RecognizerResult(entity, match.start(), match.end(), score)
            for entity, name, score in self.known
            if entities is None or entity in entities
            for match in re.finditer(name, text)
        ]


SAID = "Taro Yamada, taro@example.com, moved to Osaka in May"


def test_what_the_analyzer_finds_is_masked_beside_what_is_found_here() -> None:
    redactor = Redactor(recognizers=[presidio_recognizer(AnalyzerEngine())])
    assert redactor.text(SAID) == "<PERSON>, <EMAIL>, moved to <ADDRESS> in May"
    assert redactor.text("宛先 Ｔaro Yamada") == "宛先 <PERSON>"


def test_entities_threshold_and_names_are_the_applications() -> None:
    only = presidio_recognizer(AnalyzerEngine(), entities=["LOCATION"])
    assert Redactor(recognizers=[only]).text(SAID) == "Taro Yamada, <EMAIL>, moved to <LOCATION> in May"
    unsure = presidio_recognizer(AnalyzerEngine(), entities={"PERSON": "NAME"}, threshold=0.3)
    assert Redactor(recognizers=[unsure]).text(SAID) == "<NAME>, <EMAIL>, moved to Osaka in <NAME>"


def test_an_analyzer_that_fails_masks_the_text() -> None:
    class Failing:
        def analyze(
            self,
            text: str,
            language: str,
            entities: list[str] | None = None,
            score_threshold: float | None = None,
        ) -> list[RecognizerResult]:
            raise RuntimeError(text, language, entities, score_threshold)

    assert Redactor(recognizers=[presidio_recognizer(Failing())]).text(SAID) == FAILED
