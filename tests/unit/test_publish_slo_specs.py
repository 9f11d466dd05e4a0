"""Objectives as specifications of Sloth and OpenSLO, and what those cannot say."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kansoku.catalog.measures import Both, Is
from kansoku.catalog.slos import SLOS
from kansoku.cli.app import run
from kansoku.publish.slo_specs import specs

AVAILABILITY = SLOS[0]


def test_sloth_gets_events_objective_and_which_alerts_there_are() -> None:
    made = specs(SLOS, "sloth", "shop")
    spec: dict[str, Any] = json.loads(made.files["kansoku.sloth.yaml"])
    assert (spec["version"], spec["service"]) == ("prometheus/v1", "shop")
    slos = {one["name"]: one for one in spec["slos"]}
    assert set(slos) == {slo.name.replace("_", "-") for slo in SLOS}
    first = slos["availability"]
    assert first["objective"] == 99.5
    assert "invalid_request_error" in first["sli"]["events"]["error_query"]
    assert first["sli"]["events"]["total_query"].count("[{{.window}}]") >= 1
    assert first["alerting"]["page_alert"] == {"labels": {"severity": "page"}}
    assert slos["ttft"]["alerting"]["page_alert"] == {"disable": True}
    assert made.left_out == {}


def test_openslo_gets_a_ratio_of_bad_to_all_over_the_window() -> None:
    made = specs([AVAILABILITY], "openslo", "shop")
    spec: dict[str, Any] = json.loads(made.files["availability.openslo.yaml"])
    assert (spec["apiVersion"], spec["kind"], spec["spec"]["service"]) == ("openslo/v1", "SLO", "shop")
    assert spec["spec"]["objectives"][0]["target"] == 0.995
    assert spec["spec"]["timeWindow"] == [{"duration": "30d", "isRolling": True}]
    ratio = spec["spec"]["indicator"]["spec"]["ratioMetric"]
    for part in ("bad", "total"):
        assert "[30d]" in ratio[part]["metricSource"]["spec"]["query"]
    assert "error_type" in ratio["bad"]["metricSource"]["spec"]["query"]


def test_what_a_format_cannot_say_is_told() -> None:
    week = replace(AVAILABILITY, name="week", window_s=7 * 86_400)
    feature = replace(AVAILABILITY, name="own", eligible=Both((AVAILABILITY.eligible, Is("feature", "x"))))
    made = specs([AVAILABILITY, week, feature], "sloth", "shop")
    assert made.left_out == {
        "week": "window: 7d, and Sloth has 28d and 30d; set one of them",
        "own": "no metric has feature as a label",
    }
    assert made.unsaid == {"availability": "that 3 bad events are the fewest to alert"}
    told = specs(SLOS, "sloth", "shop").unsaid
    assert "at_least = 30" in told["satisfaction"]
    assert "its burn rates (Sloth" in told["ttft"]
    assert "week" not in specs([week], "openslo", "shop").left_out


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    spec: dict[str, Any] = json.loads(specs(SLOS, "sloth", "shop").files["kansoku.sloth.yaml"])
    queries = [query for one in spec["slos"] for query in one["sli"]["events"].values()]
    rules = [
        {"record": f"q{at}", "expr": query.replace("{{.window}}", "5m")} for at, query in enumerate(queries)
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))
    ended = subprocess.run(
        ["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_command_writes_files_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "k.toml"
    file.write_text('[[slos]]\nname = "latency"\nfeature = "support"\n')
    monkeypatch.setenv("KANSOKU_CONFIG", str(file))
    folder = tmp_path / "out"
    assert run(["slo", "export", "--format", "openslo", "-o", str(folder)]) == 1
    told = capsys.readouterr()
    assert str(folder / "availability.openslo.yaml") in told.out
    assert not (folder / "latency.openslo.yaml").exists()
    assert "latency is left out: no " in told.err
    assert "openslo does not say that 3 bad events are the fewest to alert" in told.err
