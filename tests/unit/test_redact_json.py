"""JSON text stays JSON: members redacted, all else as it was written."""

import json
from typing import cast

import pytest

from kansoku.redact.redactor import TOO_DEEP, Redactor

REDACTOR = Redactor()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"mail": "a@b.jp", "n": 1.50}', '{"mail": "<EMAIL>", "n": 1.50}'),
        ('{"n":4242424242424242}', '{"n":"<CREDIT_CARD>"}'),
        ('{"n":[4242424242424242 , 3]}', '{"n":["<CREDIT_CARD>" , 3]}'),
        ('{"a@b.jp":1}', '{"<EMAIL>":1}'),
        ('{"t":"line\\none a@b.jp\\tend"}', '{"t":"line\\none <EMAIL>\\tend"}'),
        ('{"t":"say \\"a@b.jp\\" now"}', '{"t":"say \\"<EMAIL>\\" now"}'),
        ('{"t":"a\\u0040b.jp"}', '{"t":"<EMAIL>"}'),
        ('"a@b.jp"', '"<EMAIL>"'),
        ("4242424242424242", '"<CREDIT_CARD>"'),
        ('[{"文": "宛先はa@b.jpです"}]', '[{"文": "宛先は<EMAIL>です"}]'),
        ('not json a@b.jp {"', 'not json <EMAIL> {"'),
        ("", ""),
    ],
)
def test_members_are_redacted_in_place(text: str, expected: str) -> None:
    assert REDACTOR.redact_json(text) == expected


@pytest.mark.parametrize(
    "text",
    ['{"a" :  1e5,\n "b":"\\u00e9", "max_tokens":4096}', '{"id":"4bf92f3577b34da6a3ce929d0e0e4736"}', "[]"],
)
def test_what_nothing_is_found_in_stays_to_the_letter(text: str) -> None:
    assert REDACTOR.redact_json(text) == text


def test_json_in_a_string_is_redacted_as_json() -> None:
    inner = json.dumps({"note": "x", "api_key": "short", "deep": json.dumps({"mail": "a@b.jp"})})
    redacted = REDACTOR.redact({"arguments": inner})
    text = cast("dict[str, str]", redacted)["arguments"]
    told: dict[str, str] = json.loads(text)
    assert told == {"note": "x", "api_key": "<SECRET>", "deep": '{"mail": "<EMAIL>"}'}
    assert REDACTOR.text(inner) == text


def test_nesting_beyond_the_limit_is_masked() -> None:
    assert Redactor(max_depth=2).redact_json('[[["a\\u0040b.jp"]]]') == f'[["{TOO_DEEP}"]]'
    bottomless = "[" * 200_000 + '"a\\u0040b.jp"' + "]" * 200_000
    assert "b.jp" not in REDACTOR.redact_json(bottomless)


@pytest.mark.parametrize(
    "members",
    [
        {"種別": "運転免許証", "番号": "301234567890"},
        {"label": "passport", "number": "TR1234567"},
        {"種類": "自宅電話", "値": "0312345678"},
    ],
)
def test_one_member_tells_what_the_next_is_by_every_way(members: dict[str, object]) -> None:
    secret = str(list(members.values())[-1])
    text = json.dumps(members, ensure_ascii=False)
    for redacted in (REDACTOR.redact(members), REDACTOR.redact_json(text), REDACTOR.text(text)):
        assert secret not in str(redacted)


def test_a_broken_number_is_nobodys_by_every_way() -> None:
    assert REDACTOR.redact_json('{"n":24439108.483527653}') == '{"n":24439108.483527653}'
    assert REDACTOR.redact({"n": 24439108.483527653}) == {"n": 24439108.483527653}


def test_a_key_tells_what_its_value_is() -> None:
    assert REDACTOR.redact({"tel": "a", "n": True, "password": False}) == {
        "tel": "a",
        "n": True,
        "password": False,
    }
    assert REDACTOR.redact({"password": {"old": "x"}, "token": ["a"]}) == {
        "password": "<SECRET>",
        "token": "<SECRET>",
    }
    assert REDACTOR.redact({"password": "", "token": None}) == {"password": "", "token": None}
