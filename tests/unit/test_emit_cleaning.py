"""Ids as the API makes them are no text to look through, unless the application's own redactor masks them."""

import re
from collections.abc import Iterator

import pytest

from kansoku.emit.cleaning import Cleaner
from kansoku.record.facts import Call, Place
from kansoku.redact.finding import Finding
from kansoku.redact.redactor import Redactor

MESSAGE, REQUEST = "msg_01Hb7TqLw3ZkYcR5mNxV9sDf", "req_011Pz8JdWy4GtKvQ2hXsB6nMa"


def call(response_id: str, request_id: str) -> Call:
    return Call(
        place=Place(1, 2),
        started_unix_ns=1,
        duration_s=1.0,
        operation="chat",
        provider="anthropic",
        outcome="ok",
        request_model="claude-sonnet-5-5",
        response_id=response_id,
        request_id=request_id,
    )


def test_ids_of_the_api_are_not_looked_through() -> None:
    seen: list[str] = []

    def looks(text: str) -> Iterator[Finding]:
        seen.append(text)
        return iter(())

    cleaner = Cleaner(Redactor(recognizers=[looks]))
    asked = call(MESSAGE, REQUEST)
    assert cleaner.clean(asked) is asked
    assert MESSAGE not in seen
    assert REQUEST not in seen


@pytest.mark.parametrize(
    "text", ["taro@example.com", f"{MESSAGE} taro@example.com", f"{MESSAGE}\n090-1234-5678"]
)
def test_what_only_begins_like_an_id_is_redacted(text: str) -> None:
    clean = Cleaner(Redactor()).clean(call(text, text))
    assert isinstance(clean, Call)
    assert "<" in clean.response_id
    assert clean.request_id == clean.response_id == Redactor().text(text)


def test_a_recognizer_of_ids_masks_them() -> None:
    def ids(text: str) -> Iterator[Finding]:
        return (Finding(one.start(), one.end(), "ID") for one in re.finditer("msg_[0-9A-Za-z]+", text))

    clean = Cleaner(Redactor(recognizers=[ids])).clean(call(MESSAGE, REQUEST))
    assert isinstance(clean, Call)
    assert (clean.response_id, clean.request_id) == ("<ID>", REQUEST)
