"""The doctor's canary: it notices each kind of secret on each way out, and tells no secret itself."""

from pathlib import Path

import pytest

from kansoku.doctor import canary as canaries
from kansoku.doctor.canary import CANARIES, HELD, canary, judged
from kansoku.doctor.command import as_json, as_lines
from kansoku.redact.redactor import Redactor

WAYS = ("spans", "metrics", "logs", "exceptions", "inputs", "messages")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_planted_comes_out_by_any_way() -> None:
    findings = canary()
    assert [(one.name, one.state) for one in findings] == [(f"redaction_{way}", "good") for way in WAYS]
    for text in (as_json(findings), as_lines(findings, "en"), as_lines(findings, "ja")):
        assert [value for value in CANARIES.values() if value in text] == []
    assert "仕込んでマスクを確認: EMAIL, CREDIT_CARD, PHONE, SECRET" in as_lines(findings, "ja")


@pytest.mark.parametrize("entity", CANARIES)
def test_a_redactor_that_lets_one_kind_through_is_found_out_on_every_way(
    monkeypatch: pytest.MonkeyPatch, entity: str
) -> None:
    others = [each for each in CANARIES if each != entity]
    monkeypatch.setattr(canaries, "_redaction", lambda: (Redactor(entities=others), tuple(CANARIES)))
    findings = canary()
    assert [one.state for one in findings] == ["bad"] * len(WAYS)
    assert {one.seen.en for one in findings} == {f"came out as planted: {entity}"}
    assert all(one.remedy is not None for one in findings)


def test_what_the_file_of_settings_switches_off_is_said_and_no_fault(here: Path) -> None:
    (here / "kansoku.toml").write_text('[redaction]\nentities = ["EMAIL"]\noperators = { EMAIL = "drop" }\n')
    findings = canary()
    assert [one.state for one in findings] == ["good"] * len(WAYS)
    assert findings[0].seen.en == (
        "planted and masked: EMAIL (switched off in kansoku.toml: CREDIT_CARD, PHONE, SECRET)"
    )


def test_a_file_that_cannot_be_used_is_tried_with_the_defaults(here: Path) -> None:
    (here / "kansoku.toml").write_text('[redaction]\nmode = "lax"\n')
    assert {one.state for one in canary()} == {"good"}


def test_what_was_not_recorded_is_no_success() -> None:
    assert judged("spans", "", CANARIES).state == "bad"
    assert judged("spans", HELD, CANARIES).state == "good"
    assert judged("spans", HELD, ()).state == "neutral"


def test_it_says_so_where_it_cannot_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> dict[str, str]:
        raise RuntimeError(CANARIES["EMAIL"])

    monkeypatch.setattr(canaries, "_sent", fails)
    (finding,) = canary()
    assert (finding.name, finding.state) == ("redaction_canary", "bad")
    assert CANARIES["EMAIL"] not in as_json([finding])
