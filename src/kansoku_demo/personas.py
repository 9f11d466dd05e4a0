"""The people of the demo: who uses the app, how much, in which language, and their opinions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import random

Language: TypeAlias = Literal["en", "ja"]

_USERS = 40
_ZIPF_EXPONENT = 1.1


@dataclass(frozen=True, slots=True)
class Persona:
    """One user; `weight` is the share of the traffic, not normalised."""

    user_id: str
    language: Language
    weight: float


PERSONAS: tuple[Persona, ...] = tuple(
    Persona(
        user_id=f"demo-user-{rank:02d}",
        language="en" if rank % 5 in {2, 4} else "ja",
        weight=1 / rank**_ZIPF_EXPONENT,
    )
    for rank in range(1, _USERS + 1)
)
_CUMULATIVE = tuple(itertools.accumulate(persona.weight for persona in PERSONAS))

# Every e-mail address, telephone and card number below is made up; they are here to be redacted.
PRAISE: dict[Language, tuple[str, ...]] = {
    "en": (
        "",
        "",
        "Quick and clear, thank you.",
        "That solved it.",
        "Great. If there is more, write to mika.sato@example.com.",
    ),
    "ja": (
        "",
        "",
        "すぐに解決しました。",
        "わかりやすい説明でした。",
        "助かりました。連絡先は hanako.suzuki@example.jp です。",
    ),
}
COMPLAINTS: dict[Language, tuple[str, ...]] = {
    "en": (
        "",
        "It did not answer my question.",
        "Wrong order. Call me at +1 415 555 0134.",
        "You charged my card 4111 1111 1111 1111 twice!",
    ),
    "ja": (
        "",
        "質問と違う答えでした。",
        "電話をください。090-1234-5678 です。",
        "カード 4111-1111-1111-1111 に二重請求されています。",
    ),
}


def pick(rng: random.Random) -> Persona:
    """A user, the few active ones far more often than the rest."""
    return rng.choices(PERSONAS, cum_weights=_CUMULATIVE)[0]


def comment(rng: random.Random, language: Language, *, satisfied: bool) -> str:
    """What the user writes beside the thumb; often an empty text."""
    return rng.choice((PRAISE if satisfied else COMPLAINTS)[language])
