"""What a crash inside an INSERT leaves in the database's own files must neither lose nor double a segment."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from kansoku.store.embedded import EmbeddedStore
from kansoku.store.loading import tokens
from kansoku.store.segments import READY, Layout, Signal, new_name, varint
from tests.conformance.test_store_segments import NOW_NS
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from pathlib import Path

    from kansoku.store.port import Rows

SPANS = 40
TABLES = ("otel_traces", "calls")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.create()
    return layout


def segment(layout: Layout, name: str) -> Path:
    """A ready segment of chat spans of its own, and a copy of it outside the spool; gives the copy."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number in range(SPANS):
        identity = hashlib.blake2b(f"{name} {number}".encode(), digest_size=16).digest()
        span = spans.add(name="chat", span_id=identity[:8], trace_id=identity)
        span.start_time_unix_nano = NOW_NS
        span.attributes.append(KeyValue(key="gen_ai.operation.name", value=AnyValue(string_value="chat")))
    body = request.SerializeToString()
    copy = layout.data / f"{name}{READY}"
    copy.write_bytes(varint(len(body)) + body)
    shutil.copy(copy, layout.folder(Signal.TRACES))
    return copy


def stored(layout: Layout, *statements: str) -> list[tuple[object, ...]]:
    """The counts of each table, when everything in the spool is loaded and the statements have run."""

    async def run() -> Rows:
        give_tables(layout)
        store = EmbeddedStore(layout)
        await store.start()
        try:
            async with asyncio.timeout(30):
                while layout.backlog().waiting:
                    await asyncio.sleep(0.02)
            for statement in statements:
                await store.rewrite(statement)
            return await store.query(" UNION ALL ".join(f"SELECT count() FROM {one}" for one in TABLES))
        finally:
            await store.close()

    return asyncio.run(run()).rows


def unname_the_parts(layout: Layout, rows: int = SPANS) -> int:
    """Undoes the last step of an INSERT: the parts of so many rows lose their names, as if never given."""
    undone = 0
    for count in layout.database.glob("store/*/*/*_*_*_0/count.txt"):
        if count.read_text() == str(rows):
            part = count.parent
            part.rename(part.with_name(f"tmp_insert_{part.name}"))
            undone += 1
    return undone


def test_a_token_whose_part_never_came_to_be_does_not_lose_the_segment(layout: Layout) -> None:
    copy = segment(layout, new_name(1))
    assert stored(layout) == [(SPANS,), (SPANS,)]
    assert unname_the_parts(layout) == 3  # the hours of their traces too
    shutil.copy(copy, layout.folder(Signal.TRACES))
    assert stored(layout) == [(SPANS,), (SPANS,)]


def test_a_segment_is_known_again_by_its_token_though_its_part_was_merged_with_others(layout: Layout) -> None:
    copies = [segment(layout, new_name(number)) for number in range(2)]
    stored(layout, "OPTIMIZE TABLE otel_traces FINAL", "OPTIMIZE TABLE calls FINAL")
    for copy in copies:
        shutil.copy(copy, layout.folder(Signal.TRACES))
    assert stored(layout) == [(2 * SPANS,)] * 2


def test_a_line_torn_by_a_power_cut_does_not_hide_the_tokens_after_it(layout: Layout) -> None:
    first = segment(layout, new_name(1))
    stored(layout)
    logs = list(layout.database.glob("store/*/*/deduplication_logs/*.txt"))
    for log in logs:
        with log.open("a") as file:
            file.write("1\t20251124_9")
    second = segment(layout, new_name(2))
    stored(layout)
    for copy in (first, second):
        shutil.copy(copy, layout.folder(Signal.TRACES))
    assert stored(layout) == [(2 * SPANS,)] * 2


def lines(tmp_path: Path, text: str, *parts: str) -> str:
    """What `mend` leaves of a token file beside those parts."""
    folder = tmp_path / "store/ab/table/deduplication_logs"
    folder.mkdir(parents=True)
    for part in parts:
        (folder.parent / part).mkdir()
    file = folder / "deduplication_log_1.txt"
    file.write_text(text)
    tokens.mend(tmp_path)
    return file.read_text()


@pytest.mark.parametrize(
    "part", ["20251124_3_3_0", "20251124_1_9_2", "20251124_3_3_0_12", "20251124_3_4_1_12"]
)
def test_a_token_stays_while_its_part_or_a_merged_one_is_there(tmp_path: Path, part: str) -> None:
    line = "1\t20251124_3_3_0\t20251124_123_456\n"
    assert lines(tmp_path, line, part) == line


@pytest.mark.parametrize(
    "part", ["tmp_insert_20251124_3_3_0", "20251125_3_3_0", "20251124_4_9_1", "20251124_1_2_1", "detached"]
)
def test_a_token_goes_when_no_part_holds_its_rows(tmp_path: Path, part: str) -> None:
    assert lines(tmp_path, "1\t20251124_3_3_0\t20251124_123_456\n", part) == ""


def test_lines_that_are_torn_go_and_those_of_dropped_parts_stay(tmp_path: Path) -> None:
    dropped = "2\tall_3_3_0\tall_1_2\n"
    assert lines(tmp_path, f"1\tall_1_1_0\tall_7_7\n1\tall_2\n{dropped}1\tall_1_1_0\tall_8", "all_1_1_0") == (
        f"1\tall_1_1_0\tall_7_7\n{dropped}"
    )


@pytest.mark.parametrize(
    ("part", "is_untold"),
    [
        ("all_2_2_0", True),
        ("all_1_1_0", False),  # told
        ("all_1_2_1", False),  # merged
        ("all_2_2_0_3", False),  # changed
        ("patch-ab-all_2_2_0", False),  # of changed rows, which have no token
        ("all_4_4_0", True),  # its line is torn
    ],
)
def test_a_part_as_an_insert_makes_it_without_a_token_is_found(
    tmp_path: Path, part: str, is_untold: bool
) -> None:
    logs = tmp_path / "deduplication_logs"
    logs.mkdir()
    (logs / "deduplication_log_1.txt").write_text("1\tall_3_3_0\tall_5_5\n")
    (logs / "deduplication_log_2.txt").write_text("1\tall_1_1_0\tall_7_7\n1\tall_4_4_0\tall_8")
    assert tokens.is_untold(tmp_path / part) is is_untold


def test_a_table_that_keeps_no_tokens_has_no_part_without_one(tmp_path: Path) -> None:
    assert not tokens.is_untold(tmp_path / "all_1_1_0")


def test_a_flushed_list_of_tokens_is_one_that_can_be_flushed_again(layout: Layout) -> None:
    segment(layout, new_name(1))
    stored(layout)
    tokens.flush(layout.database)
    assert tokens.write_through(layout.database) in (True, False)
