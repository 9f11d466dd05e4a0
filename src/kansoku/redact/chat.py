"""Turns of a talk as LLM telemetry has them: `{"role": "user", "content": "…"}` behind another.

Forms: the messages of chat interfaces, whose content is a text or a list of parts with a text each, and those
of the OpenTelemetry conventions for generative AI, which have `parts`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from kansoku.redact.finding import Finding
from kansoku.redact.folded import folded
from kansoku.redact.reply import LONGEST, is_asked, may_reply, reply_at

_ROLES = ("role", "author", "from", "speaker", "sender")
_CONTENTS = ("content", "parts", "text", "message", "value")
_SPOKEN = "|".join(_CONTENTS)
_NAMED = "|".join(_ROLES)
_NEXT = re.compile(
    r'(?P<quote>\\{0,3}["\'])(?P<rest>[^{}\[\]]{0,120}+)\}(?:\s{0,20}\][^{}\[\]]{0,80}+\})?\s{0,20},?\s{0,20}\{'
    rf"(?P<members>[^{{}}\[\]]{{0,120}}?)(?P=quote)(?:{_SPOKEN})(?P=quote)\s{{0,4}}:\s{{0,20}}"
    r"(?:\[\s{0,20}\{[^{}\[\]]{0,80}?(?P=quote)(?:text|content)(?P=quote)\s{0,4}:\s{0,20})?(?P=quote)"
)
"""From the end of one turn's text to the beginning of the next one's, in JSON lines and in Python too."""

_ROLE = re.compile(
    rf"[\"'](?:{_NAMED})\\{{0,3}}[\"']\s{{0,4}}:\s{{0,4}}\\{{0,3}}[\"']([\w -]{{1,24}})\\{{0,3}}[\"']"
)
_NUMBER = re.compile(r"\d(?:\D{0,3}\d){6}")
_AROUND = 400
"""Code points around a turn's text that may have its role."""


def told_in_json(text: str, at: int) -> Finding | None:
    """The secret that the next turn tells, which the text of the turn around the place asks for."""
    for sign in ('"', "'"):
        quote = text.find(sign, at, at + LONGEST)
        if quote < 0:
            continue
        end = at + len(text[at:quote].rstrip("\\"))
        following = _NEXT.match(text, end)
        if following is not None:
            return _told(text, at, end, following)
    return None


def _told(text: str, at: int, end: int, following: "re.Match[str]") -> Finding | None:
    """The secret that the following turn tells; the text of the turn around the place ends at `end`."""
    quote = following["quote"]
    begin = max(text.rfind(quote[-1], max(0, at - LONGEST), at) + 1, at - LONGEST, 0)
    close = text.find(quote, following.end(), following.end() + LONGEST)
    asked = text[begin:end]
    if close < 0 or not may_reply(text, following.end(), close, asked):
        return None
    if not _is_anothers(text, begin, following, close):
        return None
    found = reply_at(text, following.end(), close, asked)
    return found if found and is_asked(asked) else None


def _is_anothers(text: str, begin: int, following: "re.Match[str]", close: int) -> bool:
    """Whether the roles of both turns are told, and not the same."""
    before = [*_ROLE.finditer(text, max(0, begin - _AROUND), begin)]
    asking = _ROLE.search(following["rest"]) or (before[-1] if before else None)
    replying = _ROLE.search(following["members"]) or _ROLE.search(text, close, close + _AROUND)
    return asking is not None and replying is not None and asking[1] != replying[1]


class Turn(NamedTuple):
    """A turn of a talk.

    Attributes:
        role: Who speaks.
        said: What is said, of which the end may ask.
    """

    role: str
    said: str


def turn(value: object) -> Turn | None:
    """The turn that a message is; None if it is no message."""
    if not isinstance(value, Mapping):
        return None
    message = cast("Mapping[object, object]", value)
    role = next((message[name] for name in _ROLES if isinstance(message.get(name), str)), None)
    texts = _texts(message)
    return Turn(str(role), texts[-1]) if role and texts else None


def answered(value: object, asking: Turn) -> tuple[str, Finding] | None:
    """The text of the message that replies to the turn, and the secret in it."""
    replying = turn(value)
    if replying is None or replying.role == asking.role:
        return None
    said = _texts(cast("Mapping[object, object]", value))[0]
    seen = folded(said[:LONGEST])
    found = reply_at(seen.text, 0, len(seen.text), asking.said[-LONGEST:])
    if found is None or not is_asked(asking.said[-LONGEST:]):
        return None
    return said, Finding(seen.start(found.start), seen.end(found.end), found.entity)


def numbered(value: object, asking: Sequence[Turn]) -> tuple[str, str] | None:
    """The turns that ask, as the lines that a text has them in, and what the message replies to them.

    None if it tells no number, or nobody else spoke.
    """
    replying = turn(value)
    if replying is None or all(one.role == replying.role for one in asking):
        return None
    said = _texts(cast("Mapping[object, object]", value))[0]
    if len(said) > LONGEST or _NUMBER.search(said) is None:
        return None
    lines = [f"{one.role}: {one.said[-LONGEST:]}".replace("\n", " ") for one in asking]
    return "\n".join((*lines, f"{replying.role}: ")), said


def resaid(value: object, said: str) -> object:
    """The message with another text in place of its first."""
    message = dict(cast("Mapping[object, object]", value))
    name = next(name for name in _CONTENTS if name in message)
    content = message[name]
    if isinstance(content, str):
        return {**message, name: said}
    parts = list(cast("Sequence[object]", content))
    first = next(at for at, part in enumerate(parts) if _text(part) is not None)
    part = cast("Mapping[object, object]", parts[first])
    parts[first] = {**part, ("text" if "text" in part else "content"): said}
    return {**message, name: parts}


def _texts(message: Mapping[object, object]) -> list[str]:
    """The texts of a message, each that of a part."""
    content = next((message[name] for name in _CONTENTS if name in message), None)
    if isinstance(content, str):
        return [content]
    parts = cast("Sequence[object]", content) if isinstance(content, list | tuple) else ()
    return [said for part in parts if (said := _text(part)) is not None]


def _text(part: object) -> str | None:
    """The text of a part; None if it has none."""
    if not isinstance(part, Mapping):
        return None
    named = cast("Mapping[object, object]", part)
    said = named.get("text", named.get("content"))
    return said if isinstance(said, str) else None
