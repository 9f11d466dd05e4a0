"""What published rules say when they fire, by Prometheus' own templates: where it is, and how bad."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.alerts import Alert, Compare, Signal, Some
from kansoku.catalog.fields import CALLS
from kansoku.catalog.indicators import SPENT
from kansoku.catalog.measures import Mean
from kansoku.catalog.outcomes import COUNTED
from kansoku.catalog.slos import SLOS
from kansoku.catalog.text import Text
from kansoku.publish.prometheus import rules

PROMTOOL = shutil.which("promtool")
pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")

BY_NAME = {alert.name: alert for alert in alerts()}

OK, ERROR = (f'claude_api_calls_total{{job="shop",model="m",status="{how}"}}' for how in ("ok", "error"))
OVERLOADED = 'claude_api_errors_total{job="shop",model="m",error_type="overloaded_error"}'
SPENDING = 'claude_cost_usd_total{job="shop",model="m"}'
OUTPUT, INPUT, READ = (
    f'claude_tokens_total{{job="shop",model="m",type="{kind}"}}' for kind in ("output", "input", "cache_read")
)
LOST = 'kansoku_dropped_total{job="shop",pillar="spans",reason="endpoint unreachable"}'
HEARD = 'kansoku_instrumented{job="shop",instance="a"}'
SEARCHED, BROKEN = (
    f'claude_tool_calls_total{{job="shop",tool="{{{{ x }}}}",status="{how}"}}' for how in ("ok", "error")
)


def slow(name: str, many: str) -> dict[str, str]:
    """All between the bounds of ten and of twenty seconds."""
    return {f'{name}{{job="shop",model="m",le="{le}"}}': "0x60" if le == "10" else many
            for le in ("10", "20", "+Inf")}  # fmt: skip


SPENDS = replace(
    BY_NAME["CostAnomaly"], name="Cheap", test=Compare(Signal(SPENT, 3_600), ">", 0.001), for_s=0
)
TOKENS = replace(
    SPENDS, name="Long", test=Compare(Signal(Mean(CALLS, ("output_tokens",), COUNTED), 3_600), ">", 10)
)
EITHER = replace(
    SPENDS, name="Either", test=Some((BY_NAME["CostAnomaly"].test, BY_NAME["HighErrorRate"].test))
)
"""Of figures in two units nobody can tell which `$value` is."""
SAID_SO = replace(SPENDS, title=Text("Dear {{ calls }}", "高い {{ 呼び出し }}"))


@dataclass(frozen=True)
class Said:
    """What an alert says in its summary behind the title, and as its value, in both languages."""

    alert: Alert
    series: Mapping[str, str]
    at: str
    where: str
    value: tuple[str, str] | None
    service: str | None = None


FAILING = {OK: "0+9x60", ERROR: "0+1x60", OVERLOADED: "0+1x60"}

TOLD = [
    Said(BY_NAME["HighErrorRate"], FAILING, "12m", ": shop", ("10%", "10%")),
    Said(BY_NAME["HighErrorRate"], FAILING, "12m", ": shop", ("10%", "10%"), "shop"),
    Said(BY_NAME["HighLatency"], slow("claude_api_latency_seconds_bucket", "0+10x60")
         | {'claude_api_latency_seconds_count{job="shop",model="m"}': "0+10x60", OK: "0+10x60"},
         "20m", ": shop, m", ("19.5s", "19.5秒"), "shop"),
    Said(BY_NAME["AllCallsFailing"], {ERROR: "0+1x60"}, "45m", ": shop", ("30 calls", "30件")),
    Said(BY_NAME["CostAnomaly"], {SPENDING: "0+2x120"}, "70m", "", ("$120.00", "$120.00")),
    Said(BY_NAME["CostAnomaly"], {SPENDING: "0+2x120"}, "70m", ": shop", ("$120.00", "$120.00"), "shop"),
    Said(SPENDS, {SPENDING: "0+0.0001x120"}, "70m", "", ("$0.006", "$0.006")),
    Said(SAID_SO, {SPENDING: "0+0.0001x120"}, "70m", "", ("$0.006", "$0.006")),
    Said(TOKENS, {OUTPUT: "0+480x120", OK: "0+2x120"}, "70m", "", ("240 tokens", "240トークン")),
    Said(BY_NAME["CacheMissRateHigh"], {INPUT: "0+8000x120", READ: "0+2000x120", OK: "0+2x120"}, "80m", "",
         ("20%", "20%")),
    Said(BY_NAME["TelemetryDropped"], {LOST: "0+3x90"}, "80m", ": shop", ("180", "180")),
    Said(BY_NAME["NotInstrumented"], {HEARD: "0x30"}, "10m", ": shop", None),
    Said(BY_NAME["TelemetryLost"], {HEARD: "1x10 _x30"}, "20m", ": shop", None),
    Said(BY_NAME["HighToolErrorRate"], {SEARCHED: "0+3x40", BROKEN: "0+1x40"}, "25m", ": {{ x }}",
         ("25%", "25%")),
    Said(EITHER, FAILING, "12m", "", None),
    Said(BY_NAME["SloBurnAvailabilityFast"], FAILING, "50m", "", ("10% of events bad", "不良イベント 10%")),
    Said(BY_NAME["Watchdog"], {}, "1m", "", None),
]  # fmt: skip


@pytest.mark.parametrize("said", TOLD, ids=lambda said: f"{said.alert.name} of {said.service}: {said.where}")
def test_the_summary_names_the_series_and_the_value_has_its_unit(said: Said, tmp_path: Path) -> None:
    alert, file = said.alert, tmp_path / "kansoku.rules.yaml"
    built_on = [slo for slo in SLOS if slo.name == alert.slo]
    file.write_text(rules([alert], built_on, (), said.service), encoding="utf-8")
    labels = {"severity": alert.severity, "group": alert.group}
    labels |= {"slo": alert.slo} if alert.slo else {}
    labels |= {"service": said.service} if said.service else {}
    split = {"service": ("job", "shop"), "response_model": ("model", "m"), "tool": ("tool", "{{ x }}")}
    labels |= dict([split[alert.by]]) if alert.by else {}
    annotations = {
        "summary": alert.title.en + said.where,
        "summary_ja": alert.title.ja + said.where,
        "description": alert.why.en,
        "description_ja": alert.why.ja,
        "action": alert.todo.en,
        "action_ja": alert.todo.ja,
    }
    if said.value is not None:
        annotations |= {"value": said.value[0], "value_ja": said.value[1]}
    wanted = [{"exp_labels": labels, "exp_annotations": annotations}]
    asked = {
        "rule_files": [str(file)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": told} for name, told in said.series.items()],
                "alert_rule_test": [{"eval_time": said.at, "alertname": alert.name, "exp_alerts": wanted}],
            }
        ],
    }
    scene = tmp_path / "scene.yaml"
    scene.write_text(json.dumps(asked), encoding="utf-8")
    ended = subprocess.run(
        [str(PROMTOOL), "test", "rules", str(scene)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
