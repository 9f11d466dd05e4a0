"""Whatever is logged: exactly one line that parses, with nothing in it that was planted."""

import io
import json
import logging

from hypothesis import given, settings
from hypothesis import strategies as st

from kansoku.emit.exception_chain import seen
from kansoku.emit.json_lines import Entry, LineWriter
from kansoku.emit.line_stream import LineStream
from kansoku.emit.snapshot import Json, snapshot
from kansoku.redact.redactor import Redactor

PLANTED = st.sampled_from(["tanaka@example.com", "sk-ant-abcdefghijklm", "4111111111111111", "090-1234-5678"])
LEAVES = st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.binary(max_size=9), st.none())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), VALUES, PLANTED)
def test_one_line_parses_and_holds_nothing_planted(text: str, value: object, planted: str) -> None:
    fields: dict[str, Json] = {
        "value": snapshot(value),
        "in": [{"deep": snapshot(f"a {planted} b")}],
        f"k {planted} ": 1,
    }
    error = ValueError(f"{planted} ")
    error.add_note(f"note {planted} ")
    level = logging.getLevelName(20)
    # Behind a text such as `ID` alone, a number is one of another kind.
    entry = Entry(1.5, level, "app", f"{text} tel {planted} ", fields, exception=seen(error))
    out = io.StringIO()
    assert LineStream(out).write([LineWriter(Redactor()).line(entry)]) == 0
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["level"] == "INFO"
    assert planted not in line
