"""`[retention]` in `kansoku.toml`."""

import pytest

from kansoku.errors import SettingError
from kansoku.settings import parsed


def test_days_are_read_by_name() -> None:
    told = parsed('[retention]\ncalls = "forever"\ntraces = 7\n', "kansoku.toml", {})
    assert told.retention == {"calls": None, "traces": 7}
    assert parsed("", "kansoku.toml", {}).retention == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[retention]\nspans = 7", "line 2: retention.spans is not known; use one of calls, tool_calls,"),
        ("[retention]\ntraces = 0", "line 2: retention.traces 0 is neither days from 1 to 36,500 nor"),
        ("[retention]\ntraces = 1.5", "line 2: retention.traces 1.5 is neither"),
        ("[retention]\nlogs = 3\ntraces = 'never'", "line 3: retention.traces 'never' is neither"),
        ("[retention]\ntraces = true", "line 2: retention.traces True is neither"),
        ("retention = 3", "line 1: retention must be a table"),
    ],
)
def test_what_is_no_number_of_days_is_told_with_its_line(text: str, why: str) -> None:
    with pytest.raises(SettingError) as told:
        parsed(text, "kansoku.toml", {})
    assert str(told.value).startswith(f"kansoku.toml, {why}")
