"""JSON text is redacted as its value is: what the key tells, the text shows."""

import json
from typing import cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kansoku.redact.folded import folded
from kansoku.redact.keys import entity_of_key, words_of
from kansoku.redact.redactor import Redactor
from kansoku.redact.scan import lowered

REDACTOR = Redactor()
ENTITIES = ("SECRET", "US_SSN", "CREDIT_CARD", "MY_NUMBER")

NAMES = """
    password passwd pwd pass pw secret token api key apikey access private client auth authorization cookie
    pin otp cvv jwt bearer credential credentials ssn social security credit card number my max count id
    type user name last next hash value reset has de passe mot connection string verification code 2 db salt
    パスワード トークン キー API 暗証番号 秘密鍵 マイナンバー カード番号 数 初期 入力 contraseña Passwort
"""
WORDS = st.sampled_from(NAMES.split())
CASES = st.sampled_from([str.lower, str.upper, str.capitalize, str])
JOINTS = st.sampled_from(["", "_", "-", " ", ".", "__", "/", ": "])


@st.composite
def names(draw: st.DrawFn) -> str:
    """Names of words that are secret, that only look so, or neither, joined in every way."""
    parts = draw(st.lists(st.tuples(CASES, WORDS, JOINTS), min_size=1, max_size=4))
    return "".join(case(word) + joint for case, word, joint in parts)


KEYS = st.one_of(names(), st.text(max_size=12)).filter(lambda key: REDACTOR.text(key) == key)
"""Those that are no secrets themselves."""

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.sampled_from([0.0, 1.0, 1.5, -2.25, 1e16, float("nan")]),
    st.text(max_size=20),
    st.sampled_from(
        [
            "********",
            "<PASSWORD>",
            "${VAR}",
            "your-api-key-here",
            "hunter2",
            'quo"ted\\',
            "a, b",
            "taro@example.jp",
            "4242 4242 4242 4242",
            "line\nline",
            "none",
        ]
    ),
)
VALUES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.booleans())
def test_json_text_is_redacted_as_its_value_is(value: dict[str, object], ascii_only: bool) -> None:
    value = cast("dict[str, object]", json.loads(json.dumps(value)))
    redacted = REDACTOR.redact_json(json.dumps(value, ensure_ascii=ascii_only))
    assert json.dumps(json.loads(redacted)) == json.dumps(REDACTOR.redact(value))


@settings(max_examples=400, deadline=None)
@given(KEYS, st.sampled_from(["hunter2", 1234, {"a": 1}, ["x"]]))
def test_what_a_secret_key_has_never_survives(key: str, value: object) -> None:
    entity = entity_of_key(key)
    redacted = json.loads(REDACTOR.redact_json(json.dumps({key: value}, ensure_ascii=False)))
    assert (f"<{entity}>" in redacted.values()) == (entity is not None)


@settings(max_examples=400)
@given(KEYS)
def test_every_name_of_an_entity_holds_one_of_its_words(key: str) -> None:
    entity = entity_of_key(key)
    if entity is not None:
        text = folded(f'{{"{key}": "x"}}').text
        assert any(word in lowered(text) or word in text for word in words_of(entity))
    assert entity is None or entity in ENTITIES
