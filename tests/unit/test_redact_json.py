"""JSON text stays JSON: members redacted, all else as it was written."""

import json
from typing import cast

import pytest

from kansoku.redact.json_text import spliced_json
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


@pytest.mark.parametrize(
    "command",
    [
        'sh -c "mysql -u r -pXy12zzq"',
        'sh -c "htpasswd -b f a Xy12zzq"',
        '"wget --password=Xy12zzq"',
        '"openssl enc -k Xy12zzq"',
        'openssl enc -k "Xy12zzq b"',
        '"ldapsearch -w Xy12zzq"',
        '"zip -P Xy12zzq"',
        '"mongo -p Xy12zzq"',
        '"smbclient -U a%Xy12zzq"',
        '"sqlcmd -P Xy12zzq"',
        '"keytool -storepass Xy12zzq"',
        '"rabbitmqctl add_user a Xy12zzq"',
        '"ConvertTo-SecureString Xy12zzq"',
        'ConvertTo-SecureString "Xy12zzq"',
        'IDENTIFIED BY "Xy12zzq"',
        'echo "root:Xy12zzq" | chpasswd',
        'curl -u "a:Xy12zzq" x',
        '"curl -u a:Xy12zzq"',
        '"h:5432:db:u:Xy12zzq"',
        "h:5432:db:u:Xy12zzq\nls",
        "curl -u a:Xy12zzq\nls",
        "smbclient -U a%Xy12zzq\nls",
        "mongo -p Xy12zzq\nls",
        "mongo -p 'Xy12zzq'\tls",
    ],
)
def test_a_password_of_a_command_ends_before_an_escape(command: str) -> None:
    """Of JSON, of JSON in JSON, and of either in the midst of prose."""
    for text in (json.dumps({"c": command}), json.dumps({"d": json.dumps({"c": command})})):
        for redacted in (REDACTOR.redact_json(text), REDACTOR.text(text), REDACTOR.text(f"got: {text}")[5:]):
            assert "Xy12zzq" not in redacted
            told: dict[str, str] = json.loads(redacted)
            inner: dict[str, str] = json.loads(told["d"]) if "d" in told else told
            assert inner == {"c": command.replace("Xy12zzq b", "Xy12zzq").replace("Xy12zzq", "<SECRET>")}


def test_a_mark_that_would_cut_an_escape_is_not_put_in_place() -> None:
    assert spliced_json(r'{"a":"b\"c"}', [(6, 8, "<X>")]) is None
    assert spliced_json(r'{"a":"b\nc"}', [(8, 10, "<X>")]) is None
    assert spliced_json(r'{"a":"b\nc"}', [(6, 9, "<X>")]) == '{"a":"<X>c"}'
