"""PromQL queries that count events, read: which series they count, with which sign, and over what.

What is read: sums of `increase`, `rate` or a bare counter, joined by `+`, `-` and `or vector(0)`, and shares
`a / b` and `1 - a / b` of such. A query is parsed, never compared as text, so that brackets, order and spaces
do not matter. Everything else is refused with what it is and what to write instead.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kansoku.errors import DefinitionError

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\s*)*(?:
    (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    |(?P<range>\[[^\]]*\])
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<name>[A-Za-z_:][\w:]*)
    |(?P<sign>=~|!~|!=|==|<=|>=|[-+*/%^=<>(){},@])
    )""",
    re.VERBOSE,
)
_WHOLE_GROUP = re.compile(r"\((?:\?:)?([^()]*)\)")
_MATCHER = 'write label="value"'
_MATCHES = ("=", "!=", "=~", "!~")
_DEEPEST = 60

Growth = Literal["increase", "rate", ""]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label that is one of the values, or none of them; or, with `pattern`, that a pattern fits."""

    label: str
    values: frozenset[str]
    unlike: bool = False
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The series of a metric that meet the matchers."""

    metric: str
    matchers: frozenset[Matcher] = frozenset()


@dataclass(frozen=True, slots=True)
class Counted:
    """How many events series tell: each series with how often it counts, and over what."""

    series: tuple[tuple[Series, int], ...]
    growth: Growth = ""
    over: str = ""

    def plus(self, other: "Counted", sign: int) -> "Counted":
        """Both together; with a sign of -1, what the other leaves.

        Raises:
            DefinitionError: If they count over different times.
        """
        if self.series and other.series and (self.growth, self.over) != (other.growth, other.over):
            raise DefinitionError(
                f"{self.said} and {other.said} stand in one query; use one function and one range"
            )
        total = Counter(dict(self.series))
        for one, times in other.series:
            total[one] += sign * times
        kept = tuple((one, times) for one, times in total.items() if times)
        whose = self if self.series else other
        return Counted(kept, whose.growth, whose.over)

    @property
    def said(self) -> str:
        """Over what it counts, in words."""
        return f"{self.growth}(…{self.over})" if self.growth else "a counter as it stands"

    def same(self, other: "Counted") -> bool:
        """Whether they count the same events, whatever over."""
        return dict(self.series) == dict(other.series)


@dataclass(frozen=True, slots=True)
class Portion:
    """A share: these events of those."""

    part: Counted
    whole: Counted


def query(text: str) -> Counted | Portion:
    """What a query counts, or the share that it is.

    Raises:
        DefinitionError: If it is none of what is read; the message says what to write.
    """
    reader = _Reader(tuple(_tokens(text)))
    found = reader.either()
    reader.ended()
    if isinstance(found, Counted | Portion):
        return found
    if found == 0:
        return Counted(())
    raise DefinitionError("it is a number, and counts no events")


def counted(text: str) -> Counted:
    """How many events a query counts.

    Raises:
        DefinitionError: If it is no such query.
    """
    found = query(text)
    if isinstance(found, Portion):
        raise DefinitionError("it is a share; give how many events there are")
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            if text[at:].lstrip().startswith("#"):
                return
            rest = text[at:].lstrip()
            raise DefinitionError(f"{rest[:1]!r} at {len(text) - len(rest) + 1} is not PromQL that is read")
        yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) + 1)
        at = found.end()


_Value = Counted | Portion | float


class _Reader:
    """Reads tokens from left to right, by PromQL's precedence."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def ended(self) -> None:
        """See that nothing is left."""
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            raise DefinitionError(f"{token.text!r} at {token.at} is not read; {_READ}")

    def either(self) -> _Value:
        """A value, or 0 where it is not there."""
        found = self._sum()
        while self._takes("or"):
            if self._takes("on"):
                self._must("(")
                self._must(")")
            other = self._sum()
            if other != 0.0:
                raise DefinitionError(f"or is read before vector(0) alone; {_READ}")
        return found

    def _sum(self) -> _Value:
        found = self._product()
        while (sign := self._one_of("+", "-")) is not None:
            found = _added(found, self._product(), 1 if sign == "+" else -1)
        return found

    def _product(self) -> _Value:
        found = self._one()
        while self._takes("/"):
            other = self._one()
            if not isinstance(found, Counted) or not isinstance(other, Counted):
                raise DefinitionError(f"only events are divided by events; {_READ}")
            found = Portion(found, other)
        return found

    def _one(self) -> _Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DefinitionError(f"it lies over {_DEEPEST} brackets deep; write it flatter")
        found = self._bare()
        self._depth -= 1
        return found

    def _bare(self) -> _Value:
        token = self._taken()
        if token.kind == "number":
            return float(token.text)
        if token.text == "(":
            found = self.either()
            self._must(")")
            return found
        if token.text == "{":
            self._next -= 1
            return self._selector("")
        if token.kind != "name":
            raise DefinitionError(f"{token.text!r} at {token.at} is not read; {_READ}")
        match token.text:
            case "sum":
                return self._summed()
            case "increase" | "rate":
                return self._grown(token.text)
            case "vector":
                self._must("(")
                found = self.either()
                self._must(")")
                return found
            case _:
                if self._is("("):
                    raise DefinitionError(f"the function {token.text} at {token.at} is not read; {_READ}")
                return self._selector(token.text)

    def _summed(self) -> _Value:
        self._by()
        self._must("(")
        found = self.either()
        self._must(")")
        self._by()
        return found

    def _by(self) -> None:
        """Sees that a sum is of all series."""
        if self._is("by") or self._is("without"):
            token = self._taken()
            self._must("(")
            if token.text == "without" or not self._is(")"):
                raise DefinitionError(f"{token.text} at {token.at} splits the sum; leave it out")
            self._must(")")

    def _grown(self, growth: Literal["increase", "rate"]) -> Counted:
        self._must("(")
        name = self._taken() if self._next < len(self._tokens) and self._is_name() else None
        found = self._selector(name.text if name else "")
        over = self._taken()
        if over.kind != "range":
            raise DefinitionError(f"{growth} has no range; write one behind the metric, as in [5m]")
        self._must(")")
        return Counted(found.series, growth, re.sub(r"\s", "", over.text))

    def _is_name(self) -> bool:
        return self._tokens[self._next].kind == "name"

    def _selector(self, name: str) -> Counted:
        matchers: list[Matcher] = []
        if self._takes("{"):
            while not self._takes("}"):
                label, sign, value = self._taken(), self._taken(), self._taken()
                if label.kind != "name" or sign.text not in _MATCHES or value.kind != "text":
                    raise DefinitionError(f"{label.text!r} at {label.at} is no matcher; {_MATCHER}")
                if label.text == "__name__" and sign.text == "=":
                    name = _unquoted(value.text)
                else:
                    matchers.append(_matcher(label.text, sign.text, _unquoted(value.text)))
                if not self._takes(",") and not self._is("}"):
                    self._must("}")
        if not name:
            raise DefinitionError("a selector without a metric is not read; name the metric")
        return Counted(((Series(name, frozenset(matchers)), 1),))

    def _taken(self) -> _Token:
        if self._next >= len(self._tokens):
            raise DefinitionError("it ends too soon; close what is open")
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _is(self, text: str) -> bool:
        """Whether the next token is that word or sign."""
        if self._next >= len(self._tokens):
            return False
        token = self._tokens[self._next]
        return token.kind in ("name", "sign") and token.text == text

    def _takes(self, text: str) -> bool:
        found = self._is(text)
        self._next += found
        return found

    def _one_of(self, *signs: str) -> str | None:
        return next((sign for sign in signs if self._takes(sign)), None)

    def _must(self, text: str) -> None:
        if not self._takes(text):
            left = self._tokens[self._next :]
            where = f"{left[0].text!r} at {left[0].at} stands" if left else "it ends"
            raise DefinitionError(f"{where} where {text} must stand; {_READ}")


_READ = (
    "read are sums of increase or rate over counters, joined by +, - and or vector(0), and a / b or 1 - a / b"
)


def _added(found: _Value, other: _Value, sign: int) -> _Value:
    match (found, other):
        case (Counted(), Counted()):
            return found.plus(other, sign)
        case (1.0, Portion(part, whole)) if sign < 0:
            return Portion(whole.plus(part, -1), whole)
        case (Counted(), 0.0):
            return found
        case _:
            raise DefinitionError(f"these are not added to one another; {_READ}")


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1]
    escapes = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(.)", lambda told: escapes.get(told[1], told[1]), text[1:-1], flags=re.DOTALL)


def _matcher(label: str, sign: str, value: str) -> Matcher:
    """The matcher; a pattern that only lists values is a list of them."""
    unlike = sign in ("!=", "!~")
    if label == "le":
        value = value.removesuffix(r"(\.0)?").replace(r"\.", ".").replace(".", r"\." if "~" in sign else ".")
    values = (value,) if sign in ("=", "!=") else _alternatives(value)
    if values is None:
        try:
            re.compile(value)
        except re.error as error:
            raise DefinitionError(f"{value!r} is no pattern: {error}") from None
        return Matcher(label, frozenset(), unlike, value)
    if label == "le":
        values = tuple(_as_bound(one) for one in values)
    return Matcher(label, frozenset(values), unlike)


def _as_bound(text: str) -> str:
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def _alternatives(pattern: str) -> tuple[str, ...] | None:
    """The values that a pattern lists; None where it does more than that."""
    inner = _WHOLE_GROUP.fullmatch(pattern)
    found = [""]
    signs = iter(inner[1] if inner else pattern)
    for sign in signs:
        if sign == "|":
            found.append("")
        elif sign == "\\":
            escaped = next(signs, "a")
            if escaped.isalnum():
                return None
            found[-1] += escaped
        elif sign in ".+*?()[]{}^$":
            return None
        else:
            found[-1] += sign
    return tuple(found)
