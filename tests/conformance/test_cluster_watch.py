"""Every alert over a cluster, by ClickHouse's HTTP protocol: none fails, and what fires names its cause."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.alerts.__main__ import narrowed
from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.measures import OneOf
from kansoku.store.segments import Layout, Signal
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch
from tests.conformance.test_cluster_store import CALL, node
from tests.conformance.test_store_segments import NOW_NS, loaded, span, spool

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.stores import RunningFront

AT = NOW_NS // 10**9 + 30.0
FAILED = CALL | {"error.type": "overloaded_error"}


@pytest.mark.parametrize("cluster", [True, False])
def test_every_alert_can_be_evaluated_and_an_outage_is_found(
    front: RunningFront, tmp_path: Path, cluster: bool
) -> None:
    shipped = alerts()
    named = [
        replace(one, name=f"{one.name}Narrow", test=test)
        for one in shipped
        if (test := narrowed(one.test, OneOf("feature", ("a'b", "c\\d", "要約")))) is not None
    ]

    async def run() -> None:
        layout = Layout(tmp_path / "node")
        async with node(layout, front.address(cluster=cluster)) as store:
            told = [span("answer", FAILED, failed=True, span_id=bytes([at + 1] * 8)) for at in range(30)]
            spool(layout, Signal.TRACES, *told)
            await loaded(layout)
            state = WatchState.open(tmp_path / "watch.sqlite3")
            watch = Watch(store, state, (*shipped, *named), clock=lambda: AT)
            await watch.evaluate(AT)
            seen = watch.now()
            state.close()
        assert [(one.alert.name, one.error) for one in seen.alerts if one.health == "failed"] == []
        outage = next(one.told for one in seen.alarms if one.told.alarm.alert.name == "ApiOutage")
        assert (outage.alarm.state, outage.alarm.labels) == ("firing", {"service": "support-bot"})
        assert ("error_type", "overloaded_error") in {(one.field, one.value) for one in outage.causes}

    asyncio.run(run())
