"""What the doctor makes of applications: those that can be imported, and those that cannot."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kansoku.doctor import surroundings
from kansoku.doctor.application import imported
from kansoku.doctor.command import as_lines


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the application lies; what is imported from there is forgotten at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("a_shop"):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("lines", "tells"),
    [
        (["import sys", "sys.exit('usage: shop')"], ("sys.exit('usage: shop')", "__main__")),
        (
            ["import os", "os.environ['SHOP_URL_']"],
            ("KeyError('SHOP_URL_')", "environment that it starts with"),
        ),
        (["import no_such_dependency"], ("no_such_dependency", "application's own code")),
        (["class Odd(BaseException): pass", "raise Odd"], ("Odd()", "application's own code")),
        (
            ["import kansoku", "kansoku.init('s', endpoint='nonsense')"],
            ("SettingError", "endpoint: 'nonsense'"),
        ),
        ([], ("has no app", "shop.main:app")),
    ],
)
def test_an_application_that_cannot_be_imported_is_told_with_the_reason(
    folder: Path, lines: list[str], tells: tuple[str, str]
) -> None:
    (folder / "a_shop.py").write_text("\n".join(lines))
    found = imported("a_shop:app")
    assert found.remedy is not None
    assert (found.state, tells[0] in found.seen.en, tells[1] in found.remedy.en) == ("bad", True, True)
    assert tells[0] in found.seen.ja or "app" in found.seen.ja


@pytest.mark.parametrize("name", ["no_such_module", "a_shop.py", "./a_shop", "a_shop.no_such_part", ""])
def test_a_module_that_is_not_found_is_told_with_how_to_name_it(folder: Path, name: str) -> None:
    (folder / "a_shop.py").touch()
    found = imported(name)
    assert found.remedy is not None
    assert (found.state, "shop.main:app" in found.remedy.en) == ("bad", True)


@pytest.mark.parametrize("name", ["a_shop", "a_shop:app", "a_shop:app.part", "a_shop:made()"])
def test_an_application_is_named_as_servers_take_it_and_sees_no_arguments(folder: Path, name: str) -> None:
    (folder / "a_shop.py").write_text(
        "import sys\nassert sys.argv == ['a_shop']\nclass app: part = 1\ndef made(): return app\n"
    )
    before = sys.argv
    assert imported(name).state == "good"
    assert sys.argv is before


def test_an_interrupt_passes(folder: Path) -> None:
    (folder / "a_shop.py").write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        imported("a_shop")


def test_what_was_not_seen_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown, without = surroundings.recording(), surroundings.recording(is_imported=True)
    assert ("--app" in unknown.seen.en, "did not call it" in without.seen.en) == (True, True)
    for found in (unknown, without):
        assert "kansoku.init was not seen" in as_lines([found], "en")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert "switched off" in surroundings.recording(is_imported=True).seen.en
