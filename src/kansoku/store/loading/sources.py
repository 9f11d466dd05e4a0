"""How a segment gets into ClickHouse: read from a file beside it, or posted to a server.

Each says how ClickHouse finds the bytes, what it is told of their messages, and how an OTLP value
becomes the text that the Collector would write. Where both can read a value, the texts are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kansoku.query.sql import literal
from kansoku.store.loading.wire import ONE_OF, WITH_BYTES

if TYPE_CHECKING:
    from kansoku.store.loading.wire import Wire

TOO_DEEP = "kansoku: a value that has to be flattened first"
"""What a server says of a posted segment that holds a value only Python reads (`flattening`)."""


class Source(Protocol):
    """Where the rows of an INSERT come from."""

    @property
    def wire(self) -> Wire:
        """The messages as ClickHouse is told of them."""
        ...

    @property
    def settings(self) -> str:
        """Settings that reading needs, each with a comma before it."""
        ...

    @property
    def ending(self) -> str:
        """What stands at the end of a statement that reads."""
        ...

    def read(self, structure: str) -> str:
        """The table function that reads messages of that structure."""
        ...

    def text(self, value: str) -> str:
        """The expression that makes text of an `AnyValue`: a string as it is, the rest as JSON has it."""
        ...


@dataclass(frozen=True, slots=True)
class FromFile:
    """From the file that the parameter `path` names, in a database that runs our functions."""

    wire: Wire = WITH_BYTES
    settings: str = ""
    ending: str = ""

    def read(self, structure: str) -> str:
        """As `Source` says."""
        return f"file({{path:String}}, 'Protobuf', {literal(structure)})"

    def text(self, value: str) -> str:
        """As `Source` says."""
        return (
            f"coalesce({value}.string_value, toString({value}.int_value), toString({value}.bool_value),"
            f" toString({value}.double_value), kansoku_array_json(hex({value}.array_value)),"
            f" kansoku_map_json(hex({value}.kvlist_value)), base64Encode({value}.bytes_value), '')"
        )


@dataclass(frozen=True, slots=True)
class FromPost:
    """From what stands behind the statement in the body of an HTTP request."""

    wire: Wire = ONE_OF
    settings: str = (
        ", input_format_protobuf_oneof_presence = 1, output_format_json_escape_forward_slashes = 0"
    )
    ending: str = "\nFORMAT Protobuf\n"

    def read(self, structure: str) -> str:
        """As `Source` says."""
        return f"input({literal(structure)})"

    def text(self, value: str) -> str:
        """As `Source` says. It throws `TOO_DEEP` where Python would write other JSON than ClickHouse."""
        items = f"{value}.array_value.values"
        deep = f"{value}.value = 'kvlist_value' OR arrayExists(e -> {_TOO_DEEP}, {items})"
        cases = ", ".join(f"{value}.value = '{name}', {text}" for name, text in _plain(value).items())
        listed = f"concat('[', arrayStringConcat(arrayMap(e -> {_ELEMENT}, {items}), ','), ']')"
        told = f"multiIf({cases}, {value}.value = 'array_value', {listed}, '')"
        return f"if(throwIf({deep}, '{TOO_DEEP}'), '', {told})"


def _plain(value: str) -> dict[str, str]:
    return {
        "string_value": f"{value}.string_value",
        "int_value": f"toString({value}.int_value)",
        "bool_value": f"toString({value}.bool_value)",
        "double_value": f"toString({value}.double_value)",
        "bytes_value": f"base64Encode({value}.bytes_value)",
    }


# Numbers with a fraction, control characters and line separators are written otherwise by the two.
_TOO_DEEP = (
    "e.value IN ('double_value', 'array_value', 'kvlist_value')"
    r" OR match(e.string_value, '[\\x00-\\x07\\x0b\\x0e-\\x1f\\x7f\\x{2028}\\x{2029}]')"
)
_ELEMENT = (
    "multiIf(e.value = 'string_value', toJSONString(e.string_value),"
    " e.value = 'int_value', toString(e.int_value), e.value = 'bool_value', toString(e.bool_value),"
    " e.value = 'bytes_value', concat('\"', base64Encode(e.bytes_value), '\"'), 'null')"
)
