"""What is made of words, and what is random."""

import random

import pytest

from kansoku.redact.random_text import (
    _TERMS,  # pyright: ignore[reportPrivateUsage]
    entropy,
    is_random,
    is_wordy,
    without_terms,
)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "password",
            "getAccessToken",
            "parseHTTPHeader",
            "settings_api_key",
            "team_id",
            "right_on",
            "hunter2",
        ),
        *(
            "sha256",
            "base64url",
            "oauth2-token",
            "utf8mb4",
            "loginB2C",
            "b2b_partner",
            "api_v2",
            "ServerlessV2PlatformVersions",
            "application/json",
            "FG_DEFAULT",
            "Schlüsselwort",
            "ctx",
            "",
        ),
    ],
)
def test_names_and_terms_are_words(text: str) -> None:
    assert is_wordy(text)


@pytest.mark.parametrize(
    "text",
    [
        "welcome2clinic",
        "love22me",
        "shbatk7c",
        "nma6fsex",
        "30fixkla",
        "hsigYLMrPdfuimsj",
        "bDGTrowG-dGJN",
        "GLQCYkdYjzjDQAKQ",
        "x" * 9,
    ],
)
def test_what_nobody_speaks_is_none(text: str) -> None:
    assert not is_wordy(text)


def test_entropy_is_bits_a_character() -> None:
    assert [entropy(text) for text in ("", "aaaa", "abab", "abcd")] == [0.0, 0.0, 1.0, 2.0]


RANDOM = "q7Zt81LmXw0PbR4nXc5v"


@pytest.mark.parametrize("text", [RANDOM, RANDOM + "+/==", "7da9412c63c662e27c8787288993d68c"])
def test_long_mixed_texts_are_random(text: str) -> None:
    assert is_random(text)


@pytest.mark.parametrize(
    "text",
    [
        *(RANDOM[:19], RANDOM.lower() + "zz", "550e8400-e29b-41d4-a716-446655440000", "a1A" * 9, "1" * 24),
        *("theQuickBrownFoxJumpsOver2", f"{RANDOM} {RANDOM}", "claude-sonnet-4-5-20250929"),
    ],
)
def test_short_ones_ids_and_names_are_not(text: str) -> None:
    assert not is_random(text)


def test_a_digit_tells_where_terms_may_be() -> None:
    pick = random.Random(4)
    terms = (
        *("sha-1", "utf-8", "utf16", "x509", "x86", "mlkem768", "pkcs12", "RS256", "oauth", "http2", "B2C"),
        *("xa2b", "v12", "V3", "2fa", "h264", "i18n", "s3", "iso8859", "key", "A", "z", "7", "-"),
    )
    for _ in range(2_000):
        text = "".join(pick.choices(terms, k=6))
        assert without_terms(text) == _TERMS.sub("", text[:64]), text
