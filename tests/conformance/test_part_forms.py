"""Whatever form the database gives its parts, whole ones are found whole: else it would not stay up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kansoku.store.engine import Engine
from kansoku.store.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Generator

CREATE = """CREATE TABLE forms (
    a UInt64, s String, l LowCardinality(String), m Map(LowCardinality(String), String), n Nullable(Float64),
    d DateTime, INDEX i s TYPE tokenbf_v1(1024, 2, 0) GRANULARITY 1, INDEX j a TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY a TTL d + INTERVAL 9000 DAY
SETTINGS min_bytes_for_wide_part = {wide}, fsync_after_insert = 1"""
INSERT = """INSERT INTO forms SELECT number, toString(cityHash64(number)), 'x', map('k', toString(number)),
    if(number % 7 = 0, number, NULL), toDateTime('2026-01-15 00:00:00') + number FROM numbers({rows})"""
SYNC = "SETTINGS mutations_sync = 1"
CHANGES = (
    INSERT.format(rows=10),
    INSERT.format(rows=30_000),
    "OPTIMIZE TABLE forms FINAL",
    f"ALTER TABLE forms UPDATE s = 'y' WHERE a < 10 {SYNC}",
    f"ALTER TABLE forms DELETE WHERE a = 11 {SYNC}",
    "DELETE FROM forms WHERE a = 12",
    "ALTER TABLE forms ADD COLUMN z UInt8 DEFAULT 3, ADD INDEX q l TYPE set(10) GRANULARITY 1",
    f"ALTER TABLE forms MATERIALIZE INDEX q {SYNC}",
    f"ALTER TABLE forms MATERIALIZE COLUMN z {SYNC}",
    f"ALTER TABLE forms DROP COLUMN n {SYNC}",
    "OPTIMIZE TABLE forms FINAL",
    "ALTER TABLE forms DROP PARTITION 202601",
)


@pytest.fixture
def engine(tmp_path: Path) -> Generator[Engine]:
    before = Path.cwd()
    os.chdir(tmp_path)
    engine = Engine(tmp_path / "store")
    yield engine
    engine.close()
    os.chdir(before)


@pytest.mark.parametrize("wide", [0, 1 << 30])
def test_whole_parts_of_every_form_are_found_whole(engine: Engine, tmp_path: Path, wide: int) -> None:
    parts = Parts(engine, tmp_path / "store", "")
    engine.run(CREATE.format(wide=wide))
    seen = 0
    for change in CHANGES:
        engine.run(change)
        parts.check()
        ((number,),) = engine.rows("SELECT count() FROM system.parts WHERE active AND table = 'forms'")
        seen += int(str(number))
    assert seen > len(CHANGES) / 2
