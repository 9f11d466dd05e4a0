"""YAML as a tree that knows the document and line of everything in it, for errors that say where.

Only plain data is made (PyYAML's safe loader). What YAML readers may take in different ways is refused: a key
that is there twice, and merge keys.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import yaml

from kansoku.errors import SettingError

_MOST_NODES = 50_000
_MOST_BYTES = 1 << 20
_MERGE = "tag:yaml.org,2002:merge"
_SHOWN = 60

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a document: a plain value, a list or a mapping, and where it stands.

    Attributes:
        file: The file's name.
        document: Which document of the file it is in, counted from 1.
        line: Its line in the file, counted from 1.
        path: Its place in the document, as in `spec.objectives[0].target`.
        value: What it is.
    """

    file: str
    document: int
    line: int
    path: str
    value: "Plain | list[Node] | dict[str, Node]" = field(repr=False)

    def wrong(self, why: str) -> SettingError:
        """The error that says where and how."""
        return SettingError(f"{self.said} {why}")

    @property
    def said(self) -> str:
        """Where it is."""
        path = f": {self.path}" if self.path else ": it"
        return f"{self.file}, document {self.document}, line {self.line}{path}"

    def fields(self, known: Iterable[str]) -> "dict[str, Node]":
        """The mapping's values that are not null.

        Raises:
            SettingError: If it is no mapping, or has a key that is not known.
        """
        names = tuple(known)
        found = self.mapping()
        for key, node in found.items():
            if key not in names:
                raise node.wrong(f"is not read; remove it, or use one of {', '.join(names)}")
        return {key: node for key, node in found.items() if node.value is not None}

    def mapping(self) -> "dict[str, Node]":
        """The mapping.

        Raises:
            SettingError: If it is none.
        """
        if not isinstance(self.value, dict):
            raise self.wrong("must be a mapping; write keys and values")
        return self.value

    def need(self, found: "dict[str, Node]", key: str) -> "Node":
        """The value of a key that must be there.

        Raises:
            SettingError: If it is missing.
        """
        if key not in found:
            path = f"{self.path}." if self.path else ""
            where = f"{self.file}, document {self.document}, line {self.line}"
            raise SettingError(f"{where}: {path}{key} is missing; give it")
        return found[key]

    def listed(self) -> "list[Node]":
        """The list.

        Raises:
            SettingError: If it is none.
        """
        if not isinstance(self.value, list):
            raise self.wrong("must be a list; write - in front of each")
        return self.value

    def text(self) -> str:
        """The text, in one line.

        Raises:
            SettingError: If it is none, or empty.
        """
        words = " ".join(self.value.split()) if isinstance(self.value, str) else ""
        if not words or not words.isprintable():
            raise self.wrong(f"{self.shown()} is no text; write a text in quotes")
        return words

    def number(self) -> float:
        """The number; a text that is one counts, as Kubernetes writes them.

        Raises:
            SettingError: If it is none.
        """
        value = self.value
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                value = None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
            raise self.wrong(f"{self.shown()} is no number; write one, as in 99.5")
        return float(value)

    def flag(self) -> bool:
        """True or false.

        Raises:
            SettingError: If it is neither.
        """
        if not isinstance(self.value, bool):
            raise self.wrong(f"{self.shown()} is neither true nor false; write one of them")
        return self.value

    def shown(self) -> str:
        """The value as a message has it, cut if it is long."""
        match self.value:
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case value:
                told = repr(value)
                return told if len(told) <= _SHOWN else f"{told[:_SHOWN]}…"


def documents(text: str, file: str) -> list[Node]:
    """The documents of a YAML file that are not empty.

    Raises:
        SettingError: If it is no YAML, or more of it than is read.
    """
    if len(text.encode()) > _MOST_BYTES:
        raise SettingError(f"{file}: is over {_MOST_BYTES} bytes; give a file of specifications")
    try:
        composed = list(_composed(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise SettingError(f"{file}{line}: is no YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SettingError(f"{file}: is no YAML that is read: {_first_line(error)}") from None
    made = _Maker(file)
    try:
        return [made.node(each, at, "") for at, each in enumerate(composed, start=1) if _is_told(each)]
    except RecursionError:
        raise SettingError(f"{file}: lies too deep, or in itself; write it flatter") from None


def _composed(text: str) -> Iterator[yaml.Node]:
    told: object = yaml.compose_all(text, Loader=yaml.SafeLoader)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    yield from cast("Iterator[yaml.Node]", told)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__


def _is_told(node: yaml.Node) -> bool:
    return not (isinstance(node, yaml.ScalarNode) and not node.value)


class _Maker:
    """Makes the tree from what PyYAML composed."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._made = 0
        self._loader = yaml.SafeLoader("")

    def node(self, each: yaml.Node, document: int, path: str) -> Node:
        """The part and what is in it; an alias is read once more at each place."""
        self._made += 1
        line = each.start_mark.line + 1
        if self._made > _MOST_NODES:
            raise SettingError(
                f"{self._file}, line {line}: holds over {_MOST_NODES} values; use fewer aliases"
            )
        return Node(self._file, document, line, path, self._value(each, document, path))

    def _value(self, each: yaml.Node, document: int, path: str) -> "Plain | list[Node] | dict[str, Node]":
        match each:
            case yaml.MappingNode():
                return self._mapping(each, document, path)
            case yaml.SequenceNode():
                inner = cast("list[yaml.Node]", each.value)
                return [self.node(one, document, f"{path}[{at}]") for at, one in enumerate(inner)]
            case _:
                return self._plain(each, document, path)

    def _mapping(self, each: yaml.MappingNode, document: int, path: str) -> "dict[str, Node]":
        found: dict[str, Node] = {}
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", each.value):
            where = Node(self._file, document, key.start_mark.line + 1, path, None)
            if key.tag == _MERGE:
                raise where.wrong("has <<, which is not read; write the keys out")
            if not isinstance(key, yaml.ScalarNode):
                raise where.wrong("has a key that is no text; write texts")
            name = str(key.value)
            if name in found:
                raise where.wrong(f"has {name!r} twice; keep one")
            made = self.node(value, document, f"{path}.{name}" if path else name)
            found[name] = made
        return found

    def _plain(self, each: yaml.Node, document: int, path: str) -> Plain:
        try:
            value: object = self._loader.construct_object(each)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        except (yaml.YAMLError, ValueError) as error:
            where = Node(self._file, document, each.start_mark.line + 1, path, None)
            raise where.wrong(f"cannot be read: {_first_line(error)}; put it in quotes") from None
        if isinstance(value, date) or not isinstance(value, str | int | float | bool | None):
            return str(each.value)
        return value
