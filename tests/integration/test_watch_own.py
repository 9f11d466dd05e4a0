"""A real application whose seam is not whole, and the server that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import kansoku
from kansoku.instrument import anatomy
from tests.servers import running

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_CONFIG = '[[alerts]]\nname = "NotInstrumented"\nfor = "0s"\n'


def _lacking(_: type, name: str) -> bool:
    """An SDK one part of which is gone."""
    return name != "_iterator"


def _alarms(told: dict[str, Any]) -> list[dict[str, str]]:
    return [one["labels"] for one in told["active"] if one["name"] == "NotInstrumented"]


def test_a_seam_that_is_not_whole_is_told_of_its_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kansoku.toml").write_text(_CONFIG)
    monkeypatch.setenv("KANSOKU_CONFIG", str(tmp_path / "kansoku.toml"))
    monkeypatch.setattr(anatomy, "_has", _lacking)
    with running(tmp_path / "data") as server:
        kansoku.init(service="shop", endpoint=server.url)
        try:
            kansoku.flush()
            told = server.get_until("api/alerts", lambda told: bool(_alarms(told)))
        finally:
            kansoku.shutdown()
        assert server.stop() == 0
    assert _alarms(told) == [{"service": "shop"}]
