"""Parts are whole when their files hold what the database counted; what would keep it shut is swept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kansoku.errors import StoreUnavailable
from kansoku.store.parts import Parts, PartsCutShort, leave_out, put_aside, room, sweep

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 'syntax = "proto3";\nmessage One { string name = 1; }\n'
FRAME = bytes(16) + b"\x82" + (9 + 40).to_bytes(4, "little") + bytes(4 + 40)
"""A compressed frame of 40 bytes, as ClickHouse frames one: hash, method, sizes, bytes."""
CHECKSUMS = b"checksums format version: 4\n" + FRAME


class Told:
    """A database that tells of the parts it was given."""

    def __init__(self) -> None:
        self.active: list[tuple[object, ...]] = []

    def run(self, statement: str) -> None:
        raise AssertionError(statement)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        assert "system.parts" in statement
        return list(self.active)


def part(
    told: Told, folder: Path, name: str = "20260101_1_1_0", table: str = "calls", **files: bytes
) -> Path:
    """An active part with those files beside whole ones; 100 bytes of it are counted."""
    place = folder / name
    place.mkdir()
    whole = {"data.bin": bytes(96), "count.txt": b"4000", "columns.txt": b"1", "checksums.txt": CHECKSUMS}
    for file, content in {**whole, **{one.replace("_", "."): files[one] for one in files}}.items():
        (place / file).write_bytes(content)
    told.active.append((f"{place}/", 100, table))
    return place


def test_a_part_is_whole_with_all_that_was_counted(tmp_path: Path) -> None:
    told = Told()
    parts = Parts(told, tmp_path, SCHEMA)
    part(told, tmp_path)
    parts.check()


@pytest.mark.parametrize(
    "files",
    [
        {"data_bin": b""},
        {"data_bin": bytes(95)},
        {"count_txt": b""},
        {"columns_txt": b""},
        {"checksums_txt": b""},
        {"checksums_txt": CHECKSUMS[:-1]},
        {"checksums_txt": CHECKSUMS[:30]},
    ],
)
def test_a_file_that_is_cut_short_is_found_and_named(tmp_path: Path, files: dict[str, bytes]) -> None:
    told = Told()
    parts = Parts(told, tmp_path, SCHEMA)
    part(told, tmp_path, "20260101_1_1_0")
    place = part(told, tmp_path, "20260101_2_2_0", "calls", **files)
    with pytest.raises(PartsCutShort, match=place.name):
        parts.check()
    with pytest.raises(PartsCutShort, match=place.name):
        parts.check()


def test_what_the_database_opened_with_it_compared_itself(tmp_path: Path) -> None:
    told = Told()
    part(told, tmp_path, data_bin=b"")
    Parts(told, tmp_path, SCHEMA).check()


def test_a_part_that_was_merged_meanwhile_is_passed_over(tmp_path: Path) -> None:
    told = Told()
    parts = Parts(told, tmp_path, SCHEMA)
    told.active.append((f"{tmp_path / 'gone'}/", 100, "calls"))
    parts.check()


@pytest.mark.parametrize(
    ("text", "is_cut"), [("", True), (SCHEMA[:-3], True), (SCHEMA, False), ("other", False)]
)
def test_a_schema_text_that_was_cut_short_is_found(tmp_path: Path, text: str, is_cut: bool) -> None:
    (tmp_path / "__cache__").mkdir()
    (tmp_path / "__cache__/one.proto").write_text(text)
    parts = Parts(Told(), tmp_path, SCHEMA)
    if is_cut:
        with pytest.raises(PartsCutShort, match="schema text"):
            parts.check()
    else:
        parts.check()


def test_a_sweep_takes_out_what_failed_writes_left_and_nothing_else(tmp_path: Path) -> None:
    table = tmp_path / "store/abc/abc-def"
    table.mkdir(parents=True)
    (table / "mutation_1.txt").write_text("format version: 1\ncommands: (DELETE WHERE 1)\n")
    (table / "mutation_2.txt").write_text("")
    (table / "mutation_3.txt").write_text("format version: 1\ncreate ti")
    (tmp_path / "__cache__").mkdir()
    (tmp_path / "__cache__/one.proto").write_text(SCHEMA)
    sweep(tmp_path)
    sweep(tmp_path)
    assert [path.name for path in table.iterdir()] == ["mutation_1.txt"]
    assert not (tmp_path / "__cache__").exists()


def test_parts_put_aside_at_the_opening_are_told(tmp_path: Path) -> None:
    aside = tmp_path / "store/abc/abc-def/detached"
    for name in ("broken-on-start_20260101_1_1_0", "ignored_20260101_2_2_0"):
        (aside / name).mkdir(parents=True)
    assert put_aside(tmp_path) == {aside / "broken-on-start_20260101_1_1_0"}


def test_too_little_room_says_how_much_is_needed(tmp_path: Path) -> None:
    room(tmp_path, 1)
    with pytest.raises(StoreUnavailable, match=r"MB free, and 1099511627777 are needed; make room there"):
        room(tmp_path, 1 << 60)


def test_the_new_parts_of_what_segments_fill_are_told_when_one_is_cut_short(tmp_path: Path) -> None:
    told = Told()
    part(told, tmp_path, "20260101_1_1_0")
    parts = Parts(told, tmp_path, SCHEMA)
    whole = part(told, tmp_path, "20260101_2_2_0", "tool_calls")
    part(told, tmp_path, "20260101_3_3_0", "rollup_periods")
    short = part(told, tmp_path, "20260101_4_4_0", "otel_traces", data_bin=b"")
    with pytest.raises(PartsCutShort) as caught:
        parts.check()
    assert caught.value.fresh == (whole, short)


def test_parts_that_are_left_out_are_among_those_put_aside(tmp_path: Path) -> None:
    place = part(Told(), table_of(tmp_path), "20260101_2_2_0")
    leave_out([place])
    assert not place.exists()
    (aside,) = put_aside(tmp_path)
    assert (aside / "data.bin").stat().st_size == 96


def table_of(database: Path) -> Path:
    """A table's folder, with that of its parts that were put aside."""
    folder = database / "store/ab/table"
    (folder / "detached").mkdir(parents=True)
    return folder
