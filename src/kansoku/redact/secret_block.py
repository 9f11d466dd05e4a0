"""Secrets that the key above them tells, as `"password": {"value": "…"}` or `secrets:` with a list in YAML.

Those of a Secret of Kubernetes (its API reference, core/v1) are all of its data.
"""

import re
from collections.abc import Iterator
from itertools import islice

from kansoku.redact.detector import Area
from kansoku.redact.finding import Finding
from kansoku.redact.keys import Kind, entity_of_key, kind_of_secret
from kansoku.redact.placeholder import is_placeholder
from kansoku.redact.random_text import is_random
from kansoku.redact.secret_value import looks_secret

_FARTHEST = 4_096
_MOST_LINES, _MOST_PARTS = 128, 256
_OF_ONE = re.compile(
    r"(?:value|current|old|new|next|prev(?:ious)?|data|plain(?:text)?|text|raw|secret|password|access|refresh"
    r"|live|test|prod|default|primary|secondary|[0-9]{1,2})?",
    re.IGNORECASE,
)
"""Keys below a single secret that stand for it; others say something about it."""

_ABOUT_MANY = re.compile(
    r"source|target|file|.*name|external|type|description|.*key|namespace|.*path|mode|uid|gid|env|.*ref|from"
    r"|m(?:in|ax).*|.*length|format|pattern|version|.*at|.*id|ttl|expires.*|policy|provider|engine|backend"
    r"|store|region|user|host|port|url|uri|role|owner|labels?|tags?|algorithm|encoding|issuer|audience|scopes?",
    re.IGNORECASE,
)
"""Keys below many secrets that are no names of theirs."""

_JSON_PART = re.compile(r'"((?:[^"\\]++|\\.)*+)"(\s*+:)?|[{}\[\]]', re.DOTALL)
_CHILD = re.compile(
    r"([ \t]*)(-[ \t]{1,8})?(?:[\"']?([\w.-]{1,100})[\"']?:(?=[ \t\r]|\Z)[ \t]*)?"
    r"([^ \t\r#]*+(?:[ \t]++[^ \t\r#][^ \t\r]*+)*+)[ \t]*(?:#.*)?\r?\Z"
)
_NO_SECRET = re.compile(
    r"(?:[\w.-]*[._-])?(?:user(?:_?name)?|login|host(?:name)?|port|database|db_?name|schema|region|namespace)",
    re.IGNORECASE,
)
"""Keys of a Secret of Kubernetes whose values are none, though they stand there too."""

_QUOTES = "\"'"
_DATA = re.compile(r"^(?:data|stringData):[ \t]*\r?\n((?:[ \t]+[^\n]*(?:\n|\Z)|[ \t]*\n)+)", re.MULTILINE)
_DOCUMENT = "\n---"


def json_block_at(text: str, key: str, at: int) -> Area:
    """The secrets in the object or list of JSON that begins there, below the key."""
    kind, is_many = _kind(key), _is_many(key)
    found: list[Finding] = []
    depth, name, end = 0, "", at
    for part in islice(_JSON_PART.finditer(text, at, at + _FARTHEST), _MOST_PARTS):
        end = part.end()
        sign = part.group()
        if part[2]:
            name = part[1]
        elif part[1] is not None:
            if _is_told(name, part[1], kind, is_many=is_many or not name):
                found.append(Finding(*part.span(1), "SECRET"))
            name = name if depth > 1 else ""
        else:
            depth += 1 if sign in "{[" else -1
            name = name if sign == "[" else ""
            if depth == 0:
                break
    return Area(tuple(found), end)


def yaml_block_at(text: str, key: str, start: int, at: int) -> Area | None:
    """The secrets in the lines of YAML that begin at `at`, below the key that starts at `start`."""
    begin = text.rfind("\n", max(0, start - _FARTHEST), start) + 1
    lead = text[begin:start]
    if lead.strip(" \t-\"'"):
        return None
    kind, is_many = _kind(key), _is_many(key)
    found: list[Finding] = []
    end = at
    for where, line in islice(_lines(text, at, at + _FARTHEST), _MOST_LINES):
        child = _CHILD.match(line)
        if child is None or not line.strip():
            break
        indent = len(child[1])
        if indent < len(lead) or (indent == len(lead) and not child[2]):
            break
        end = where + len(line)
        value = child[4].strip(_QUOTES)
        if value and (child[2] or child[3]) and _is_told(child[3] or "", value, kind, is_many=is_many):
            first = where + child.start(4) + child[4].find(value)
            found.append(Finding(first, first + len(value), "SECRET"))
    return Area(tuple(found), end)


def kubernetes_at(text: str, at: int) -> Area:
    """All data of the Secret whose kind is told at the place."""
    begin = max(0, at - _FARTHEST, text.rfind(_DOCUMENT, max(0, at - _FARTHEST), at))
    end = text.find(_DOCUMENT, at, at + _FARTHEST)
    end = min(len(text), at + _FARTHEST) if end < 0 else end
    found: list[Finding] = []
    for data in islice(_DATA.finditer(text, begin, end), 2):
        for where, line in islice(_lines(text, *data.span(1)), _MOST_LINES):
            child = _CHILD.match(line)
            value = child[4].strip(_QUOTES) if child and child[3] else ""
            is_told = child and value and not _NO_SECRET.fullmatch(child[3])
            if child and is_told and not value.startswith(("|", ">")) and not is_placeholder(value):
                first = where + child.start(4) + child[4].find(value)
                found.append(Finding(first, first + len(value), "SECRET"))
    return Area(tuple(found), end)


def _kind(key: str) -> Kind | None:
    """How the secrets come about; None of tokens, most of which are pieces of text: random ones alone are."""
    return None if entity_of_key(key) is None else kind_of_secret(key)


def _is_many(key: str) -> bool:
    """Whether the key tells of more than one secret."""
    return key.rstrip("\"' ").lower().endswith("s") and not key.lower().endswith(("pass", "credentials"))


def _is_told(name: str, value: str, kind: Kind | None, *, is_many: bool) -> bool:
    """Whether the value, below a name or in a list, is one of the secrets."""
    about = _ABOUT_MANY if is_many else None
    if name and (about.fullmatch(name) if about else _OF_ONE.fullmatch(name) is None):
        return False
    if name and entity_of_key(name) is not None:
        return False  # told by itself
    if kind is None:
        return is_random(value)
    return looks_secret(value, kind, "bare") or (kind == "made" and looks_secret(value, "chosen", "bare"))


def _lines(text: str, begin: int, end: int) -> Iterator[tuple[int, str]]:
    """The lines of a stretch, and where each begins."""
    at = begin
    while at < min(end, len(text)):
        stop = text.find("\n", at, end)
        stop = min(end, len(text)) if stop < 0 else stop
        yield at, text[at:stop]
        at = stop + 1
