"""Secrets that one message of a chat asks for and the next tells, as values, as JSON and in a text."""

import json

import pytest

from kansoku.redact.operators import Drop
from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()


def said(role: str, text: object, name: str = "content") -> dict[str, object]:
    return {"role": role, name: text}


def part(text: str, name: str = "text") -> list[dict[str, str]]:
    return [{"type": "text", name: text}]


TALKS: list[tuple[list[object], str]] = [
    ([said("assistant", "What is your password?"), said("user", "tangerine9")], "tangerine9"),
    ([said("user", "hi"), said("assistant", "What is your PIN?"), said("user", "It's 4471.")], "4471"),
    ([said("assistant", part("Enter the 6-digit code we sent.")), said("user", part("804416"))], "804416"),
    (
        [
            said("assistant", part("Tell me your PIN.", "content"), "parts"),
            said("user", part("4471", "content"), "parts"),
        ],
        "4471",
    ),
    ([said("assistant", "認証コードを教えてください。"), said("user", "039416です")], "039416"),
    ([said("assistant", "合言葉をお願いします。"), said("user", "「みかん畑」です")], "みかん畑"),
    (
        [
            {"content": "Your mother's maiden name?", "role": "assistant"},
            {"content": "Kowalski", "role": "user"},
        ],
        "Kowalski",
    ),
    ([said("user", "the door code?"), said("assistant", "sure, 90417")], "90417"),
]


@pytest.mark.parametrize(("talk", "secret"), TALKS)
def test_an_answer_is_found_in_messages(talk: list[object], secret: str) -> None:
    value = {"model": "m", "messages": talk}
    expected = json.loads(json.dumps(value, ensure_ascii=False).replace(secret, "<SECRET>"))
    assert REDACTOR.redact(value) == expected
    assert REDACTOR.redact(tuple(talk)) == tuple(expected["messages"])


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(("talk", "secret"), TALKS)
def test_an_answer_is_found_in_their_json(talk: list[object], secret: str, indent: int | None) -> None:
    text = json.dumps({"messages": talk}, ensure_ascii=False, indent=indent)
    expected = json.loads(text.replace(secret, "<SECRET>"))
    assert json.loads(REDACTOR.redact_json(text)) == expected
    assert json.loads(REDACTOR.text(text)) == expected
    assert [text[one.start : one.end] for one in REDACTOR.find(f"request: {text}")] != []
    within = json.dumps({"body": text}, ensure_ascii=False)
    assert json.loads(json.loads(REDACTOR.redact_json(within))["body"]) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[{'role': 'assistant', 'content': 'What is your PIN?'}, {'role': 'user', 'content': '4471'}] now",
        '{"role":"assistant","content":"What is your PIN?"}\n{"role":"user","content":"4471"}',
        'sent {"messages":[{"content":"Your PIN?","role":"assistant"},{"content":"4471","role":"user"}]} off',
    ],
)
def test_an_answer_is_found_in_a_text_with_messages(text: str) -> None:
    assert REDACTOR.text(text) == text.replace("4471", "<SECRET>")


@pytest.mark.parametrize(
    "talk",
    [
        [said("assistant", "What is your password?"), said("user", "I forgot it")],
        [said("assistant", "What is your password?"), said("assistant", "tangerine9")],
        [said("assistant", "What is your order number?"), said("user", "804416")],
        [said("user", "Where is the password stored?"), said("assistant", "vault2024")],
        [said("assistant", "What is your PIN?"), {"content": "4471"}],
        [said("assistant", "What is your PIN?"), "x", said("user", "4471")],
        [said("assistant", "What is your PIN?"), said("user", [{"type": "image", "source": "4471"}])],
        [said("assistant", ["What is your PIN?"]), said("user", "4471")],
    ],
)
def test_messages_without_a_secret_stay(talk: list[object]) -> None:
    assert REDACTOR.redact(talk) == talk
    text = json.dumps(talk, ensure_ascii=False)
    assert REDACTOR.redact_json(text) == text


def test_the_answer_goes_through_operator_allowance_and_entities() -> None:
    talk, secret = TALKS[0]
    assert Redactor(operators={"SECRET": Drop()}).redact(talk) == [talk[0], said("user", "")]
    assert Redactor(allow=[secret]).redact(talk) == talk
    assert Redactor(entities=["EMAIL"]).redact(talk) == talk


def test_the_rest_of_the_answer_is_redacted_too() -> None:
    talk = [said("assistant", "What is your PIN?"), said("user", "4471, mail taro@example.com")]
    assert REDACTOR.redact(talk) == [talk[0], said("user", "<SECRET>, mail <EMAIL>")]
