"""`kansoku publish prometheus` writes the rules, and says what it leaves out."""

from pathlib import Path

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.cli.app import run
from kansoku.cli.publish import RULES, UNWRITABLE
from kansoku.publish.prometheus import rules


def test_it_writes_the_rules_and_names_what_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "folder"
    assert run(["publish", "prometheus", "-o", str(folder)]) == 0
    assert (folder / RULES).read_text(encoding="utf-8") == rules(alerts())
    told = capsys.readouterr()
    assert told.out == f"{folder / RULES}\n"
    assert "HighRefusalRate is left out: no metric has stop_reason as a label" in told.err


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    assert run(["publish", "prometheus", "-o", str(taken)]) == UNWRITABLE
    assert "name another folder" in capsys.readouterr().err
