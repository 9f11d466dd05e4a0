"""The reference pages hold every definition and are what is committed."""

from pathlib import Path

import pytest

from kansoku.catalog.fields import RELATIONS
from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.instruments import INSTRUMENTS
from kansoku.catalog.settings import VARIABLES
from kansoku.publish.__main__ import main
from kansoku.publish.reference import pages

ROOT = Path(__file__).parents[2]


def test_every_indicator_instrument_and_column_has_a_row() -> None:
    written = pages()
    for indicator in INDICATORS:
        assert f"| `{indicator.name}` |" in written["indicators.md"]
    for instrument in INSTRUMENTS:
        assert f"| `{instrument.wire_name}` |" in written["metrics.md"]
    for relation in RELATIONS:
        for field in relation.fields:
            assert f"| `{field.name}` |" in written["fields.md"]
    for variable in VARIABLES:
        assert f"| `{variable.name}` |" in written["environment.md"]


def test_the_committed_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], ROOT) == 0, capsys.readouterr().err


def test_a_changed_page_is_named_with_its_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([], tmp_path)
    stale = tmp_path / "docs" / "reference" / "metrics.md"
    stale.write_text("edited by hand", encoding="utf-8")
    assert main(["--check"], tmp_path) == 1
    assert "docs/reference/metrics.md is out of date: run ./dev generate" in capsys.readouterr().err
