"""`kansoku.toml`: what it may say, and what it is told where it may not."""

from datetime import date
from pathlib import Path

import pytest

from kansoku.catalog.prices import PriceRow
from kansoku.errors import SettingError
from kansoku.settings import Settings, parsed, settings


def test_every_key_of_a_price_is_read() -> None:
    text = """
[[prices]]
model = "claude-opus-*"
provider = "anthropic"
input = 4
output = 20.0
cache_read = 0.2
cache_write_5m = 5.0
cache_write_1h = 8.0
web_search = 9.0
from = 2026-11-01
until = 2026-12-01
multiplier = 0.9
"""
    assert parsed(text, "kansoku.toml") == Settings(
        (
            PriceRow(
                model="claude-opus-*",
                provider="anthropic",
                input=4.0,
                output=20.0,
                cache_read=0.2,
                cache_write_5m=5.0,
                cache_write_1h=8.0,
                web_search=9.0,
                since=date(2026, 11, 1),
                until=date(2026, 12, 1),
                multiplier=0.9,
            ),
        )
    )


GOOD = '[[prices]]\nmodel = "a"\nmultiplier = 0.5\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[prices]]\nmodel = "a"\ninput = -1\noutput = 1', "k.toml, line 3: prices.input -1 is negative"),
        (
            f'{GOOD}\n[[prices]]\nmodel = "b"\ninput = 1\noutput = "2"',
            "k.toml, line 8: prices.output '2' is no",
        ),
        ('[[prices]]\nmodel = "a"\ninput = 1', "k.toml, line 1: prices.output is missing"),
        ('[[prices]]\nmodel = "a"', "k.toml, line 1: prices.input is missing"),
        ("[[prices]]\ninput = 1\noutput = 1", "k.toml, line 1: prices.model is missing"),
        ('[[prices]]\nmodel = "a"\nmultiplier = true', "line 3: prices.multiplier True is no number"),
        ('[[prices]]\nmodel = "a"\nmultiplier = nan', "line 3: prices.multiplier nan is no number"),
        ('[[prices]]\nmodel = "a"\ninputs = 1', "line 3: prices.inputs is not known; use one of model"),
        ('[[prices]]\nmodel = "a*b"\nmultiplier = 1', "line 2: prices.model 'a*b' has *"),
        ('[[prices]]\nmodel = "*"\nmultiplier = 1', "line 2: prices.model '*' names none"),
        (f'{GOOD}from = "2026-11-01"', "line 4: prices.from 2026-11-01 is no date"),
        (f"{GOOD}from = 2026-11-02\nuntil = 2026-11-02", "line 5: prices.until is not after from"),
        ("[price]\nx = 1", "k.toml, line 1: price is not known"),
        ("prices = 1", "k.toml, line 1: prices must be tables"),
        ("[[prices]\n", "k.toml: "),
    ],
)
def test_what_cannot_be_used_is_told_with_file_line_and_mend(text: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        parsed(text, "k.toml")
    assert message in str(caught.value)


def test_without_a_file_there_are_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings({}) == Settings()


def test_the_working_directorys_file_is_read_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kansoku.toml").write_text(GOOD)
    (tmp_path / "other.toml").write_text(GOOD.replace('"a"', '"b"'))
    assert [row.model for row in settings({}).prices] == ["a"]
    assert [row.model for row in settings({"KANSOKU_CONFIG": "other.toml"}).prices] == ["b"]


def test_a_named_file_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="KANSOKU_CONFIG: there is no file"):
        settings({"KANSOKU_CONFIG": str(tmp_path / "missing.toml")})
    (tmp_path / "raw.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="cannot be read"):
        settings({"KANSOKU_CONFIG": str(tmp_path / "raw.toml")})
    with pytest.raises(SettingError, match="cannot be read"):
        settings({"KANSOKU_CONFIG": str(tmp_path)})
