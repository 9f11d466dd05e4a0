"""What is allowed: texts that look like personal data and are none."""

import re
from collections.abc import Iterable
from typing import cast

from kansoku.errors import SettingError


class Allowed:
    """Texts, compared whole without regard to case, and patterns, matched whole.

    Raises:
        SettingError: If one is neither.
    """

    def __init__(self, texts: Iterable[str | re.Pattern[str]]) -> None:
        given = [texts] if isinstance(texts, str) else list(texts)
        if not all(isinstance(one, str | re.Pattern) for one in cast("list[object]", given)):
            raise SettingError("allow: must be texts or compiled patterns; give a list of them")
        self._texts = frozenset(one.casefold() for one in given if isinstance(one, str))
        self._patterns = tuple(one for one in given if not isinstance(one, str))

    def __bool__(self) -> bool:
        return bool(self._texts or self._patterns)

    def __contains__(self, text: str) -> bool:
        return text.casefold() in self._texts or any(each.fullmatch(text) for each in self._patterns)
