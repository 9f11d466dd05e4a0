"""Texts the redactor must change or leave, detectors that overlap or raise, and hostile texts."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import pytest

from kansoku.redact.finding import Finding
from kansoku.redact.redactor import FAILED, Redactor

REDACTOR = Redactor()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail taro.yamada+x@mail.example.co.jp now", "mail <EMAIL> now"),
        ("taro@example.comに送る", "<EMAIL>に送る"),
        ("to j.o'neil@uni.example and d'arcy@uni.example", "to <EMAIL> and <EMAIL>"),
        ("mail='ann@uni.example' who='x'", "mail='<EMAIL>' who='x'"),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "<EMAIL>"),
        ("電話は090-1234-5678です", "電話は<PHONE>です"),
        ("０９０－１２３４－５６７８", "<PHONE>"),
        ("09012345678", "<PHONE>"),
        ("03-1234-5678", "<PHONE>"),
        ("(03) 1234-5678", "<PHONE>"),
        ("0120-123-456", "<PHONE>"),
        ("call (415) 555-2671.", "call <PHONE>."),
        ("415-555-2671", "<PHONE>"),
        ("+81 90 1234 5678", "<PHONE>"),
        ("+442079460958", "<PHONE>"),
        ("4242424242424242", "<CREDIT_CARD>"),
        ("4242-4242-4242-4242", "<CREDIT_CARD>"),
        ("４２４２　４２４２　４２４２　４２４２", "<CREDIT_CARD>"),
        ("3782 822463 10005", "<CREDIT_CARD>"),
        ("card 4242 4242 4242 4242 123 exp", "card <CREDIT_CARD> 123 exp"),
        ("4242424242424242 12/27", "<CREDIT_CARD> 12/27"),
        ("2027 4242 4242 4242 4242", "2027 <CREDIT_CARD>"),
        ("key sk-ant-api03-abcDEF_123-456", "key <SECRET>"),
        ("sk-ant-" + "a" * 1_000, "<SECRET>"),
        ("Authorization: Bearer abcdef.ghijkl-mnop", "Authorization: Bearer <SECRET>"),
        ("a@b.example, 090-1234-5678", "<EMAIL>, <PHONE>"),
    ],
)
def test_personal_data_and_secrets_are_taken_out(text: str, expected: str) -> None:
    assert REDACTOR.text(text) == expected
    assert REDACTOR.text(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "00f067aa0ba902b7",
        "123e4567-e89b-12d3-a456-426614174000",
        "1795463688",
        "1795463688302",
        "1795463688302481197",
        "1795463688.302481",
        "v2.12.0",
        "opentelemetry-sdk 1.45.0 at 10.0.19045",
        "9836ccd0b1f2a3e4d5c6b7a8990011223344aabb",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "1,234,567 tokens",
        "input_tokens=320032 output_tokens=4096",
        "2026-11-23",
        "2026-11-23T19:49:09Z",
        "20261123194909",
        "2026/11/23 19:49",
        "order 20261123-0042",
        "ORD-2026-000123",
        "注文番号 1234567890",
        "msg_01ALwQ87pTS7hH1PjSdC9wJD",
        "req_011CSHoEeqs5C35K2UUqR7Fy",
        "claude-sonnet-4-20250514",
        "4242424242424241",
        "ISBN 978-3-16-148410-0",
        "192.168.100.200",
        "127.0.0.1:4318",
        "50% off @ the shop",
        "bearer of bad news",
        "a@b",
        "foo@bar.1",
        "",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Checking account number <BANK_ACCOUNT> at First Bank\nstarted at 1765415528",
        "口座番号は<BANK_ACCOUNT>です。\n開始1852552291",
        "ssn: <US_SSN>\n\ncustomer id 123456789",
        "passport <PASSPORT> is valid, range(1000000000)",
    ],
)
def test_a_mark_has_used_up_the_words_in_front_of_it(text: str) -> None:
    assert REDACTOR.text(text) == text


def test_of_overlapping_findings_the_users_own_stands_then_the_earlier() -> None:
    def whole(text: str) -> list[Finding]:
        return [Finding(0, len(text), "WHOLE")]

    assert Redactor(recognizers=[whole]).text("x a@b.example") == "<WHOLE>"
    three = [Finding(0, 5, "A"), Finding(3, 8, "B"), Finding(5, 6, "C")]
    found = Redactor(recognizers=[lambda _: three]).find("0123456789")
    assert found == [Finding(0, 5, "A"), Finding(5, 6, "C")]


def test_a_detector_that_raises_masks_the_text_and_is_counted() -> None:
    failures: list[int] = []

    def raises(text: str) -> list[Finding]:
        raise RuntimeError(text)

    redactor = Redactor(recognizers=[raises], on_failure=failures.append)
    assert redactor.redact({"note": "hidden", "n": 1}) == {FAILED: 1} or failures
    assert redactor.text("hidden words") == FAILED
    assert "hidden" not in str(redactor.redact(["hidden", {"a": "hidden"}]))
    assert failures


def test_a_value_that_cannot_be_looked_at_is_masked_and_counted() -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError("a@b.example")

    class Sly(dict[str, str]):
        def items(self) -> NoReturn:
            raise RuntimeError

    failures: list[int] = []
    redactor = Redactor(on_failure=failures.append)
    assert redactor.redact({"x": Hostile(), "y": Sly(a="b")}) == {"x": FAILED, "y": FAILED}
    assert failures == [1, 1]


HOSTILE: dict[str, Callable[[int], str]] = {
    "letters": lambda n: "a" * n,
    "digits": lambda n: "4" * n,
    "spaced digits": lambda n: "4 4" * (n // 3),
    "card groups": lambda n: "4242 " * (n // 5),
    "almost cards": lambda n: "4242424242424241 " * (n // 17),
    "ats": lambda n: "@" * n,
    "almost mails": lambda n: "a@a." * (n // 4),
    "dotted": lambda n: "a@" + "a." * (n // 2),
    "mails": lambda n: "a@b.example " * (n // 12),
    "phones": lambda n: "090-1234-5678 " * (n // 14),
    "pluses": lambda n: "+1-" * (n // 3),
    "parens": lambda n: "(0" * (n // 2),
    "bearers": lambda n: "Bearer " * (n // 7),
    "keys": lambda n: "sk-ant-" * (n // 7),
    "gaps": lambda n: "Bearer" + " " * n,
    "full width": lambda n: "４" * n,
    "heads of columns": lambda n: "passport_no,a\n" * (n // 14),
    "a column": lambda n: "passport_no,a\n" + "G12345678,b\n" * (n // 12),
    "questions": lambda n: "What is your PIN?\n" * (n // 18),
    "turns": lambda n: "Bot: your PIN?\nUser: 1234\n" * (n // 26),
    "asked in Japanese": lambda n: "合言葉をお願いします。\n" * (n // 12),
    "messages": lambda n: '{"role":"user","content":"password? ' * (n // 36),
    "lines of Base64": lambda n: ("Ab1+" * 19 + "\n") * (n // 77),
    "brackets": lambda n: "パスワード【" * (n // 6),
    "numbers of parts": lambda n: "Part no. 412-55-1093 " * (n // 21),
}


def _steps(text: str) -> int:
    """How much work the text makes: functions called, and code points of the parts of it that they are given.

    No other work on the machine changes it.
    """
    count = 0

    def told(frame: FrameType, event: str, _told: object) -> None:
        nonlocal count
        if event == "call":
            given = [one for one in frame.f_locals.values() if isinstance(one, str)]
            count += 1 + sum(len(one) for one in given if len(one) < len(text) // 2)
        elif event == "c_call":
            count += 1

    REDACTOR.text(text)  # what is made once is made before
    sys.setprofile(told)
    try:
        REDACTOR.text(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", HOSTILE)
def test_work_grows_no_faster_than_the_text(kind: str) -> None:
    small, large = _steps(HOSTILE[kind](8_000)), _steps(HOSTILE[kind](64_000))
    assert large < 8 * 1.5 * small + 100, "8 times the text may take 8 times the work, not 64 times"


@pytest.mark.parametrize("name", ["pin=", "token=", "auth=", "pass:"])
def test_a_row_of_names_takes_little_more_work_than_short_rows_of_them(name: str) -> None:
    row, rows = name * 4000, (name * 50 + "\n") * 80
    assert _steps(row) < 3 * _steps(rows)


def test_parts_of_addresses_are_looked_at_for_names_of_messages_only_behind_a_head() -> None:
    address = "aBqxYzwQc" * 7 + "@x.com"
    assert _steps(f"<{address}> " * 200) < 1.1 * _steps(f"({address}) " * 200)


@pytest.mark.parametrize(
    "text",
    [
        '{"email":"taro.yamada@example.co.jp","email":"x"}',
        '{"a":{"mail":"taro.yamada\\u0040example.co.jp","mail":1}}',
    ],
)
def test_of_a_key_that_json_has_twice_neither_value_is_left(text: str) -> None:
    for made in (Redactor().text(text), Redactor().redact_json(text), str(Redactor().redact({"r": text}))):
        assert "taro" not in made


def test_whole_numbers_are_looked_at_as_floats_too() -> None:
    told = {"n": 4111111111111111.0, "t": 1_795_102_822.0, "s": 0.25, "e": 1e300, "i": float("inf")}
    assert Redactor().redact(told) == {**told, "n": "<CREDIT_CARD>"}
