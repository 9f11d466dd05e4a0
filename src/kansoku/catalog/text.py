"""A text in both languages of the product, so that no title exists in one of them only."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or title, in English and in Japanese."""

    en: str
    ja: str

    def format(self, en: tuple[str, ...], ja: tuple[str, ...]) -> "Text":
        """The text with `{0}`, `{1}` … filled in, each language with its own words."""
        return Text(self.en.format(*en), self.ja.format(*ja))

    def as_dict(self) -> dict[Language, str]:
        """The shape that the JSON API and the page use."""
        return {"en": self.en, "ja": self.ja}
