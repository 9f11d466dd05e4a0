"""What a key may do at the server: each right by name, and what is open without any."""

from typing import Final, Literal, get_args

Right = Literal["send", "read", "operate"]
"""`send`: telemetry, and nothing is told back. `read`: the page, its API, `/metrics` and read-only questions.
`operate`: what changes the server's state, such as silences, a reload or the erasure of a user."""

RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

TABLE: Final = "keys"
"""The tables of a file of keys."""

OPEN: Final = "/healthz"
"""The path that probes ask without a key; it says only whether the server can receive and be asked."""

KEYS_VARIABLE: Final = "KANSOKU_KEYS"
"""Environment variable that names the server's file of keys."""

KEY_VARIABLE: Final = "KANSOKU_KEY"
"""Environment variable with the key that an application sends, and the commands ask, with."""

AUTHORIZATION: Final = "authorization"
"""The header, or the metadata of gRPC, in which a key comes."""

BEARER: Final = "Bearer"
"""How a key is sent in `Authorization` (RFC 6750); browsers send it as the password of Basic (RFC 7617)."""

PREFIX: Final = "kansoku_key_"
"""What keys begin with, so that one is known for what it is wherever it turns up."""


def can_be_key(text: str) -> bool:
    """Whether a header can carry the text as a key."""
    return text.isascii() and text.isprintable() and " " not in text


NOT_A_KEY: Final = f"{KEY_VARIABLE}: has a space or a letter that no key has; give the key alone"
"""What is said where it cannot."""
