"""The made-up traffic of `./dev bench store`: its shape, and that a seed fixes every row."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.store.draw import chosen
from bench.store.filling import UNTIL, Wanted, statements, until_of
from bench.store.rows import Calls, narrow
from bench.store.shape import DAY_S, HOUR_S, days
from kansoku.catalog.fields import RELATIONS
from kansoku.errors import SettingError
from kansoku.store.schema.relations import STORED_AT

_LOOK = """
import sys
from pathlib import Path
from chdb.state.sqlitelike import Connection
from bench.store.filling import Wanted, fill
fill(Path(sys.argv[1]), Wanted(1500, days=2, span_days=1, log_days=1, content_words=5))
told = Connection(str(Path(sys.argv[1]) / "store"))
for statement in sys.argv[2:]:
    print("=", told.query(statement, "TSV").bytes().decode().strip())
"""
_STATEMENTS = {
    "calls": "SELECT count() FROM calls",
    "out of the two days": f"SELECT countIf(time < {UNTIL - 2 * DAY_S} OR time >= {UNTIL}) FROM calls",
    "errors without a type, or the other way round": (
        "SELECT countIf((outcome = 'error') != (error_type != '')) FROM calls"
    ),
    "spans without their call": (
        "SELECT countIf(SpanId NOT IN (SELECT span_id FROM calls)) FROM otel_traces"
    ),
    "attributes that are not the call's": (
        "SELECT count() FROM otel_traces AS s JOIN calls AS c ON c.span_id = s.SpanId "
        "WHERE SpanAttributes['gen_ai.usage.output_tokens'] != ifNull(toString(output_tokens), '')"
    ),
    "spans of the last day": (
        f"SELECT count() = (SELECT count() FROM calls WHERE time >= {UNTIL - DAY_S}) FROM otel_traces"
    ),
    "log records": "SELECT count() = 2 * (SELECT count() FROM otel_traces) FROM otel_logs",
    "texts that are alike": "SELECT count() - uniqExact(Body) FROM otel_logs WHERE EventName = ''",
    "lone calls": "SELECT countIf(n = 1) < 20 FROM (SELECT count() AS n FROM calls GROUP BY trace_id)",
}
_EXPECTED = ("1500", "0", "0", "0", "0", "1", "1", "0", "1")


def test_days_hold_all_calls_and_fewer_on_weekends_and_at_night() -> None:
    made = days(700_000, UNTIL, 7)
    assert sum(day.calls for day in made) == 700_000
    assert [day.first for day in made] == [sum(day.calls for day in made[:at]) for at in range(7)]
    by_weekday = {(day.begin // DAY_S + 3) % 7: day.calls for day in made}
    assert max(by_weekday[5], by_weekday[6]) < 0.6 * min(by_weekday[day] for day in range(5))
    assert all(max(day.hours) > 5 * min(day.hours) for day in made)


def test_days_that_end_at_another_hour_have_their_nights_at_night() -> None:
    at_midnight, in_the_afternoon = days(700_000, UNTIL, 7), days(700_000, UNTIL + 14 * HOUR_S, 7)
    assert in_the_afternoon[0].begin == at_midnight[0].begin + 14 * HOUR_S
    same = [calls for day in at_midnight for calls in day.hours][14 : 14 + 5 * 24]
    others = [calls for day in in_the_afternoon for calls in day.hours][: 5 * 24]
    assert [calls / sum(others) for calls in others] == pytest.approx(
        [calls / sum(same) for calls in same], rel=0.05
    )


def test_days_end_with_an_hour() -> None:
    with pytest.raises(SettingError, match="until: 3601 is not a whole hour, UTC; use 3600"):
        days(10, HOUR_S + 1)


def test_a_store_that_is_there_tells_when_its_days_end(tmp_path: Path) -> None:
    assert until_of(tmp_path) is None
    (tmp_path / "generated.json").write_text(json.dumps(asdict(Wanted(1, until=7_200))))
    assert until_of(tmp_path) == 7_200


def test_a_rare_name_is_drawn_sometimes() -> None:
    drawn = chosen({"often": 10_000, "rarely": 1}, "salt", 1)
    assert drawn.count(", 2]") == 1
    assert chosen({"often": 1}, "salt", 1) != chosen({"often": 1}, "salt", 2)


def test_rows_have_columns_of_the_catalog_alone() -> None:
    known = {relation.table: {field.name for field in relation.fields} for relation in RELATIONS}
    for table, inserts in narrow(Calls(days(100, UNTIL)[0], 1)).items():
        for insert in inserts:
            columns = insert.partition("(")[2].partition(")")[0].split(", ")
            assert set(columns) - {STORED_AT} <= known[table]


def test_a_seed_fixes_the_statements() -> None:
    first, again, other = (list(statements(Wanted(500, seed, days=1))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_rows_of_a_store_fit_together(tmp_path: Path) -> None:
    """In a process of its own: chDB takes one directory a process."""
    told = subprocess.run(
        [sys.executable, "-c", _LOOK, str(tmp_path), *_STATEMENTS.values()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=Path(__file__).parents[2],
    ).stdout
    answers = [line[2:] for line in told.splitlines() if line.startswith("=")]
    assert dict(zip(_STATEMENTS, answers, strict=True)) == dict(zip(_STATEMENTS, _EXPECTED, strict=True))
