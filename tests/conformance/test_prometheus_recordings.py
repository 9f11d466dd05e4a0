"""What recording rules keep is what the expressions they stand for give, and budgets are of events."""

import json
import random
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kansoku.catalog.alert_pack import FOUR, MORE
from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.instruments import FIRST_CHUNK_BUCKETS_S, LATENCY_BUCKETS_S
from kansoku.catalog.measures import ALWAYS, Both, Count, Not, Ratio
from kansoku.catalog.periods import Calendar
from kansoku.catalog.slos import SLOS, burn_alerts
from kansoku.catalog.text import Text
from kansoku.errors import DefinitionError
from kansoku.publish import recording
from kansoku.publish.prometheus import rules, unkept
from kansoku.publish.recording import About
from kansoku.query import promql
from kansoku.query.promql import Window

PROMTOOL = shutil.which("promtool")
if PROMTOOL is None:
    pytest.skip("not installed: promtool", allow_module_level=True)

Asked = list[dict[str, object]]


def judged(folder: Path, text: str, series: dict[str, str], every: str, step: str, **asked: Asked) -> None:
    """Has promtool judge the rules by the series; `asked` are its kinds of tests."""
    (folder / "kansoku.rules.yaml").write_text(text, encoding="utf-8")
    told = {
        "rule_files": ["kansoku.rules.yaml"],
        "evaluation_interval": every,
        "tests": [
            {
                "interval": step,
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                **asked,
            }
        ],
    }
    (folder / "asked.yaml").write_text(json.dumps(told), encoding="utf-8")
    ended = subprocess.run(
        [str(PROMTOOL), "test", "rules", "asked.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def drawn(samples: int) -> dict[str, str]:
    """Counters of all that an objective counts, that grow at random."""
    dice = random.Random(3)
    moved: dict[str, list[float]] = {}
    latency = (
        ("claude_api_latency_seconds", LATENCY_BUCKETS_S),
        ("claude_ttft_seconds", FIRST_CHUNK_BUCKETS_S),
    )
    names = {
        'claude_api_calls_total{status="ok"}': 9,
        'claude_api_calls_total{status="error"}': 3,
        'claude_api_errors_total{error_type="overloaded_error"}': 2,
        'claude_api_errors_total{error_type="invalid_request_error"}': 1,
        'claude_cost_usd_total{model="m"}': 2,
        'claude_tokens_total{type="input"}': 900,
        'claude_tokens_total{type="cache_read"}': 900,
        'claude_tasks_total{outcome="completed"}': 9,
        'claude_tasks_total{outcome="failed"}': 1,
        'claude_feedback_total{rating="up"}': 9,
        'claude_feedback_total{rating="down"}': 2,
        'claude_evaluations_total{evaluation="hallucination",label="grounded"}': 9,
        'claude_evaluations_total{evaluation="hallucination",label="hallucinated"}': 1,
    }
    for name, most in names.items():
        moved[name] = [dice.randrange(most + 1) for _ in range(samples)]
    for name, bounds in latency:
        found = [dice.choices(range(len(bounds) + 1), k=5) for _ in range(samples)]
        moved[f"{name}_count{{}}"] = [5.0] * samples
        for at, bound in enumerate((*map(str, bounds), "+Inf")):
            moved[f'{name}_bucket{{le="{bound}"}}'] = [sum(one <= at for one in each) for each in found]
    return {name: _summed(steps) for name, steps in moved.items()}


def _summed(steps: list[float]) -> str:
    total, told = 0.0, list[str]()
    for step in steps:
        total += step
        told.append(f"{total:g}")
    return " ".join(told)


def test_what_is_recorded_is_what_it_stands_for(tmp_path: Path) -> None:
    about = About.service(None)
    pairs: list[tuple[str, str]] = []
    for slo in SLOS:
        windows = {each for burn in slo.burns for each in (burn.long_s, burn.short_s)}
        for window_s in windows:
            for name, measure in (
                (recording.BAD, Count(slo.relation, slo.bad)),
                (recording.ELIGIBLE, Count(slo.relation, slo.eligible)),
                (recording.BAD_RATIO, Ratio(slo.relation, slo.eligible, Not(slo.good))),
            ):
                kept = about.selector(name, window_s, slo)
                pairs.append((kept, promql.measure(measure, Window(window_s))))
    for one in INDICATORS:
        try:
            direct = promql.measure(one.measure, Window(one.window_s or 300))
        except DefinitionError:
            continue
        length = promql.span(one.window_s or 300)
        pairs.append((f'{recording.INDICATOR}{length}{{indicator="{one.name}"}}', direct))
    assert len(pairs) > 80
    same: Asked = [
        {
            "expr": f"count(abs(sum({kept}) - ({direct})) < 1e-9)",
            "eval_time": "3d",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for kept, direct in pairs
    ]
    judged(tmp_path, rules([]), drawn(3 * 720 + 1), "1d", "2m", promql_expr_test=same)


def test_a_budget_is_of_events_and_no_mean_of_shares(tmp_path: Path) -> None:
    """Twelve busy hours without a failure, and a night of which half of its few calls fail."""
    (slo,) = (one for one in SLOS if one.name == "availability")
    series = {
        'claude_api_calls_total{status="ok"}': "0+1000x720 720000.5+0.5x719",
        'claude_api_calls_total{status="error"}': "0x720 0.5+0.5x719",
    }
    bad, calls = 360, 720_720
    left = About.service(None).selector(recording.BUDGET_LEFT, slo.window_s, slo)
    asked: Asked = [
        {
            "expr": f"count(abs({left} - {1 - bad / calls / slo.budget}) < 0.001)",
            "eval_time": "24h",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
    ]
    judged(tmp_path, rules([], [slo], ()), series, "12h", "1m", promql_expr_test=asked)


@pytest.mark.parametrize(("service", "fires"), [("shop", True), ("search", False)])
def test_rules_of_one_service_look_at_no_other(tmp_path: Path, service: str, fires: bool) -> None:
    series = {
        f'claude_api_calls_total{{job="{job}",status="{status}"}}': values
        for job, status, values in (("shop", "error", "0+9x70"), ("search", "ok", "0+90x70"))
    }
    series['claude_api_errors_total{job="shop",error_type="api_error"}'] = "0+9x70"
    (slo,) = (one for one in SLOS if one.name == "availability")
    known = [one for one in (*FOUR, *MORE) if one.name in {"HighErrorRate", "ApiOutage"}]
    text = rules(known, [slo], (), service=service)
    asked: Asked = [
        {
            "expr": f'count(ALERTS{{alertname="{one.name}",alertstate="firing",service="{service}"}})',
            "eval_time": "65m",
            "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
        }
        for one in known
    ]
    share = About.service(service).selector(recording.BAD_RATIO, 3_600, slo)
    asked.append(
        {
            "expr": f"sum({share})",
            "eval_time": "65m",
            "exp_samples": [{"labels": "{}", "value": 1 if fires else 0}],
        }
    )
    judged(tmp_path, text, series, "1m", "1m", promql_expr_test=asked)


def test_a_service_that_was_never_seen_is_lost(tmp_path: Path) -> None:
    (lost,) = (one for one in MORE if one.name == "TelemetryLost")
    asked: Asked = [
        {
            "expr": 'count(ALERTS{alertname="TelemetryLost",job="shop",service="shop"})',
            "eval_time": "6m",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
    ]
    judged(tmp_path, rules([lost], (), (), service="shop"), {"up": "1x9"}, "1m", "1m", promql_expr_test=asked)


def test_objectives_over_the_same_events_burn_each_by_its_own(tmp_path: Path) -> None:
    (first,) = (replace(slo, at_least=20) for slo in SLOS if slo.name == "availability")
    both = first, replace(first, name="availability_too", good=Both((first.good, ALWAYS)))
    alerts = [alert for slo in both for alert in burn_alerts(slo)]
    failing = {
        f'{name}{{job="shop",model="m",{label}}}': f"0+{growth}x480"
        for name, label, growth in (
            ("claude_api_calls_total", 'status="ok"', 0),
            ("claude_api_calls_total", 'status="error"', 30),
            ("claude_api_errors_total", 'error_type="api_error"', 30),
        )
    }
    asked: Asked = [
        {
            "expr": f'count(ALERTS{{alertname="{alert.name}",alertstate="firing"}})',
            "eval_time": "7h50m",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for alert in alerts
    ]
    assert len({alert.name for alert in alerts}) == len(alerts) >= 4
    judged(tmp_path, rules(alerts, both, ()), failing, "1m", "1m", promql_expr_test=asked)


@pytest.mark.parametrize("name", ['a "b"/é\\ c', "shop{{env}}", "{{ $value", "a\x7f\u2028b", "決済"])
def test_a_service_and_a_title_may_have_any_name(tmp_path: Path, name: str) -> None:
    titled = replace(MORE[0], title=Text(name, name))
    (tmp_path / "rules.yaml").write_text(rules([*FOUR, *MORE[1:], titled], service=name), encoding="utf-8")
    ended = subprocess.run(
        [str(PROMTOOL), "check", "rules", str(tmp_path / "rules.yaml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_budget_of_a_calendar_month_is_left_to_the_server_and_its_burn_rates_are_not() -> None:
    (slo,) = (replace(one, calendar=Calendar("month")) for one in SLOS if one.name == "availability")
    text = rules(burn_alerts(slo), [slo], ())
    assert recording.BUDGET_LEFT not in text
    assert f"{recording.BURN_RATE}1h" in text
    assert "SloBurnAvailabilityFast" in text
    assert "no range of PromQL" in unkept([slo])["availability"]
    assert unkept(SLOS) == {}
