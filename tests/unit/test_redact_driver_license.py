"""Which twelve digits are a Japanese driver's licence, and what other countries print on theirs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.redact.driver_license import checks
from kansoku.redact.redactor import Redactor

BALANCED = Redactor(entities=["DRIVER_LICENSE"])
STRICT = Redactor(entities=["DRIVER_LICENSE"], mode="strict")


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("運転免許証番号：301234560050", "運転免許証番号：<DRIVER_LICENSE>"),
        ("運転免許証の番号　第７０４６５６０５３８１０号", "運転免許証の番号　第<DRIVER_LICENSE>号"),
        ("免許証番号301234560050号　交付6/10", "免許証番号<DRIVER_LICENSE>号　交付6/10"),
        ("| 運転免許証 | 3012-3456-0050 |", "| 運転免許証 | <DRIVER_LICENSE> |"),
        ("免許証を確認しました（301234560050）", "免許証を確認しました（<DRIVER_LICENSE>）"),
        ("Driver's license (運転免許証): 446782650362", "Driver's license (運転免許証): <DRIVER_LICENSE>"),
        ('{"license_no":"301234560050"}', '{"license_no":"<DRIVER_LICENSE>"}'),
        ("Driver's license number: D1234567.", "Driver's license number: <DRIVER_LICENSE>."),
        ("Driving licence MORGA657054SM9IJ", "Driving licence <DRIVER_LICENSE>"),
        ("My driving licence number is SMITH508114A9MB.", "My driving licence number is <DRIVER_LICENSE>."),
        ("DL# H6801070 was scanned", "DL# <DRIVER_LICENSE> was scanned"),
        ("driver licence: WA WDLABCD456DG", "driver licence: WA <DRIVER_LICENSE>"),
        ("driver's license no. TX 48213377", "driver's license no. TX <DRIVER_LICENSE>"),
        ("Führerschein-Nr. B072RRE2I55", "Führerschein-Nr. <DRIVER_LICENSE>"),
    ],
)
def test_a_licence_goes_where_words_tell_it(text: str, redacted: str) -> None:
    assert BALANCED.text(text) == redacted


def test_another_member_of_json_tells_it() -> None:
    text = '{"種別":"運転免許証","番号":"301234560050"}'
    assert BALANCED.redact_json(text) == '{"種別":"運転免許証","番号":"<DRIVER_LICENSE>"}'


@pytest.mark.parametrize(
    "text",
    [
        "301234560050",
        "免許証を確認しました（991234560050）",
        "免許証の更新、受付番号 301234560050",
        "宅地建物取引業免許番号 301234560050",
        "医師免許番号 301234560050",
        "古物商許可 第301234560050号",
        "運転免許証番号 30123456005",
        "the driver version 12345678",
        "driver license: OK in 12345678 ms",
        "driver licence: WA WDLOFFICE",
        "MIT License 301234560050",
    ],
)
def test_other_numbers_and_permits_stay(text: str) -> None:
    assert BALANCED.text(text) == text


@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.integers(1, 9))
def test_the_eleventh_digit_checks_the_ten_before_it(ten: str, off: int) -> None:
    rest = sum(int(ten[-n]) * (n + 1 if n <= 6 else n - 5) for n in range(1, 11)) % 11
    right = 0 if rest <= 1 else 11 - rest
    assert checks(f"{ten}{right}0")
    assert not checks(f"{ten}{(right + off) % 10}0")


def test_strict_takes_what_a_commission_may_have_issued() -> None:
    assert checks("301234560050")
    assert not checks("301234560060")
    assert STRICT.text("301234560050です") == "<DRIVER_LICENSE>です"
    for text in (
        "301234560060",
        "991234560050",
        "注文番号301234560050",
        "202212030040",
        "1, 301234560050, 2",
    ):
        assert STRICT.text(text) == text
    assert checks("202212030040")
