"""Blocks of base64: found from a size on, and replaced by what they were."""

import json
from base64 import b64encode, encodebytes, urlsafe_b64encode
from hashlib import sha256
from random import Random
from textwrap import wrap

import pytest

from kansoku.redact.operators import Block
from kansoku.redact.redactor import Redactor
from kansoku.redact.scan import PlainScan

REDACTOR = Redactor()
IMAGE = Random(3).randbytes(600)
DIGEST = sha256(IMAGE).hexdigest()[:16]
LINES = wrap(b64encode(IMAGE).decode(), 64)
IN_LINES = "\n".join(LINES)
MARK = f"600 bytes sha256:{DIGEST}>"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"see data:image/png;base64,{b64encode(IMAGE).decode()} ok", f"see <BASE64 image/png {MARK} ok"),
        (f"data:;base64,{b64encode(IMAGE).decode()}", f"<BASE64 {MARK}"),
        (f'{{"data": "{b64encode(IMAGE).decode()}"}}', f'{{"data": "<BASE64 {MARK}"}}'),
        (f"image: {b64encode(IMAGE).decode()}", f"image: <BASE64 {MARK}"),
        (f"IMAGE={b64encode(IMAGE).decode()}\n", f"IMAGE=<BASE64 {MARK}\n"),
        (b64encode(IMAGE).decode(), f"<BASE64 {MARK}"),
        (f"here: it is {b64encode(IMAGE).decode()} ok", f"here: it is <BASE64 {MARK} ok"),
        (f"body\n{b64encode(IMAGE).decode()}\nend", f"body\n<BASE64 {MARK}\nend"),
        (f"画像は{b64encode(IMAGE).decode()}です", f"画像は<BASE64 {MARK}です"),
        (f"base64\n\n{encodebytes(IMAGE).decode()}--b", f"base64\n\n<BASE64 {MARK}\n--b"),
        (encodebytes(IMAGE).decode().replace("\n", "\r\n"), f"<BASE64 {MARK}\r\n"),
        (f"a\nb\n{IN_LINES}\n\nc", f"a\nb\n<BASE64 {MARK}\n\nc"),
        (f"b{'c' * 600}\n{b64encode(IMAGE).decode()}", f"b{'c' * 600}\n<BASE64 {MARK}"),
    ],
)
def test_a_block_becomes_its_media_type_size_and_digest(text: str, redacted: str) -> None:
    assert REDACTOR.text(text) == redacted


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("around", ["{}", "body:\n{}", "x {} y"])
def test_a_block_in_lines_in_a_string_of_json_becomes_one_too(ends: str, around: str) -> None:
    mark = f"<BASE64 {MARK}"
    for value in ({"a": around.format(ends.join(LINES)), "n": 1}, [around.format(ends.join(LINES))]):
        text = json.dumps(value)
        redacted = json.dumps(value).replace(json.dumps(ends.join(LINES))[1:-1], mark)
        assert REDACTOR.redact_json(text) == REDACTOR.text(text) == redacted
        assert json.loads(REDACTOR.redact_json(json.dumps([text]))) == [redacted]


@pytest.mark.parametrize("kind", ["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-dss"])
def test_a_public_key_of_ssh_stays_and_other_keys_do_not(kind: str) -> None:
    head = len(kind).to_bytes(4, "big") + kind.encode()
    key = b64encode(head + IMAGE).decode()
    for text in (f"{kind} {key} taro@host", "\n".join(wrap(key, 64))):
        assert REDACTOR.text(text) == text
    assert "<BASE64" in REDACTOR.text(f"{kind} {b64encode(IMAGE + head).decode()}")


def test_an_image_in_a_message_becomes_a_block() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": b64encode(IMAGE).decode()}
    assert REDACTOR.redact({"source": source}) == {"source": {**source, "data": f"<BASE64 {MARK}"}}


@pytest.mark.parametrize(
    "text", ["a" * 600, "0123456789abcdef" * 40, "data:image/png;base64,iVBORw0KGgo=", "ACGT" * 200]
)
def test_short_blocks_and_runs_of_few_letters_stay(text: str) -> None:
    assert REDACTOR.text(f'x "{text}"') == f'x "{text}"'


@pytest.mark.parametrize(
    "text",
    [
        "\n".join("0123456789abcdef" * 4 for _ in range(40)),
        "\n".join("0123456789ABCDEF" * 4 for _ in range(40)),
        "theValueOfTheFirstThing2" * 40,
        "\n".join(f"someWord{n}InAList" for n in range(90)),
        "\n\n".join(LINES),
        "\n".join(LINES[:7]),
        "\n".join(f"{line[: 60 + n % 4]}" for n, line in enumerate(LINES)),
        f"https://cdn.example.com/{b64encode(IMAGE).decode().rstrip('=')}",
        f"-----BEGIN CERTIFICATE-----\n{IN_LINES}\n-----END CERTIFICATE-----",
        f"x = {'var a1=B2(c3);' * 60}",
        " ".join(LINES),
    ],
)
def test_what_only_looks_like_a_block_stays(text: str) -> None:
    assert REDACTOR.find(text) == []


def test_blocks_of_one_area_are_all_found() -> None:
    encoded = encodebytes(IMAGE).decode().rstrip("=\n")
    text = f"{encoded}\nword\n{encoded}"
    assert [(one.start, one.end) for one in REDACTOR.find(text)] == [
        (0, len(encoded)),
        (len(encoded) + 6, len(text)),
    ]


def test_the_digest_is_that_of_what_is_encoded_in_either_alphabet() -> None:
    one = Block()("BASE64", b64encode(IMAGE).decode())
    assert one == f"<BASE64 {MARK}"
    assert Block()("BASE64", urlsafe_b64encode(IMAGE).decode().rstrip("=")) == one
    assert Block()("BASE64", b64encode(IMAGE).decode().replace("/", "\\/")) == one


def test_what_cannot_be_decoded_is_described_as_it_stands() -> None:
    digest = sha256(b"a!b").hexdigest()[:16]
    assert Block()("BASE64", "a!b") == f"<BASE64 3 bytes sha256:{digest}>"


def test_an_operator_of_the_users_takes_the_blocks_place() -> None:
    redactor = Redactor(operators={"BASE64": lambda entity, _: entity})
    assert redactor.text(f"data:;base64,{b64encode(IMAGE).decode()}") == "BASE64"


@pytest.mark.parametrize("front", ["/9j/4AAQ", "iVBORw0KGgo", "JVBERi0", "R0lGODlh", "UklGR", "UEsDBBQA"])
def test_a_short_file_is_told_by_its_first_bytes_as_they_are(front: str) -> None:
    body = "Ab3/" * 70
    for redactor in (Redactor(), Redactor(scan=PlainScan)):
        assert [one.entity for one in redactor.find(f'"{front}{body}"')] == ["BASE64"]
        assert redactor.find(f'"{front.swapcase()}{body}"') == []
