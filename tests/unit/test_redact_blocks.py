"""Blocks of base64: found from a size on, and replaced by what they were."""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from random import Random

import pytest

from kansoku.redact.operators import Block
from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()
IMAGE = Random(3).randbytes(600)
DIGEST = sha256(IMAGE).hexdigest()[:16]
MARK = f"600 bytes sha256:{DIGEST}>"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"see data:image/png;base64,{b64encode(IMAGE).decode()} ok", f"see <BASE64 image/png {MARK} ok"),
        (f"data:;base64,{b64encode(IMAGE).decode()}", f"<BASE64 {MARK}"),
        (f'{{"data": "{b64encode(IMAGE).decode()}"}}', f'{{"data": "<BASE64 {MARK}"}}'),
        (f"image: {b64encode(IMAGE).decode()}", f"image: <BASE64 {MARK}"),
        (f"IMAGE={b64encode(IMAGE).decode()}\n", f"IMAGE=<BASE64 {MARK}\n"),
    ],
)
def test_a_block_becomes_its_media_type_size_and_digest(text: str, redacted: str) -> None:
    assert REDACTOR.text(text) == redacted


def test_an_image_in_a_message_becomes_a_block() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": b64encode(IMAGE).decode()}
    assert REDACTOR.redact({"source": source}) == {"source": {**source, "data": f"<BASE64 {MARK}"}}


@pytest.mark.parametrize(
    "text", ["a" * 600, "0123456789abcdef" * 40, "data:image/png;base64,iVBORw0KGgo=", "ACGT" * 200]
)
def test_short_blocks_and_runs_of_few_letters_stay(text: str) -> None:
    assert REDACTOR.text(f'x "{text}"') == f'x "{text}"'


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
