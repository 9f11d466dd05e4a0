"""Answers of the JSON API about objectives, alerts and silences, the same at every run."""

from __future__ import annotations

from typing import Any

from kansoku.catalog.alert_pack import alerts as pack
from kansoku.catalog.slos import SLOS
from kansoku.judge import phrases
from tests.e2e.canned import MONTH_BEGINS, MONTH_ENDS, NOW, both

Json = dict[str, Any]
DAY_S = 86_400
FEW = both("Too few events to judge.", "判定にはイベントが不足しています。")
LEFT = (0.36, 0.92, -0.4, 1.0, None, 0.71)
STATES = ("burning", "ok", "exhausted", "ok", "no_data", "low_traffic")


def slos() -> Json:
    """`GET /api/slos`."""
    told = zip(SLOS, LEFT, STATES, strict=True)
    cost = {
        "budget_usd": 2_000.0,
        "spent_usd": 1_184.2,
        "left_usd": 815.8,
        "forecast_usd": 1_620.0,
        "lasts_s": None,
        "state": "ok",
        "month_begins": MONTH_BEGINS,
        "month_ends": MONTH_ENDS,
    }
    return {"at": NOW, "slos": [_slo(slo, left, state) for slo, left, state in told], "cost": cost}


def _slo(slo: Any, left: float | None, state: str) -> Json:  # noqa: ANN401  (only read)
    eligible = 0 if left is None else 12_480
    allowed = eligible * slo.budget
    return {
        "name": slo.name,
        "title": both(slo.title.en, slo.title.ja),
        "why": both(slo.why.en, slo.why.ja),
        "target": slo.target,
        "window_s": slo.window_s,
        "over": phrases.over(slo).as_dict(),
        "eligible": eligible,
        "bad": 0 if left is None else round(allowed * (1 - left)),
        "allowed": allowed,
        "left": left,
        "rate": None if left is None else 1.3,
        "lasts_s": 0.0 if state == "exhausted" else 9 * DAY_S if state == "burning" else None,
        "state": state,
        "burns": [
            {
                "factor": burn.factor,
                "long_s": burn.long_s,
                "short_s": burn.short_s,
                "severity": burn.severity,
                "long_rate": burn.factor * 1.1 if state == "burning" and at == 0 else 0.4,
                "short_rate": burn.factor * 1.2 if state == "burning" and at == 0 else 0.2,
                "passed": state == "burning" and at == 0,
            }
            for at, burn in enumerate(slo.burns)
        ],
        "warnings": [both("Too few events to judge.", "判定にはイベントが不足しています。")]
        if left == 1
        else [],
    }


def slo_history(name: str) -> Json:
    """`GET /api/slos/{name}`."""
    left = next(left for slo, left in zip(SLOS, LEFT, strict=True) if slo.name == name)
    days = [
        {
            "at": NOW - (29 - day) * DAY_S,
            "eligible": 400,
            "bad": 1,
            "left": None if left is None else 1 - (1 - left) * (day + 1) / 30,
        }
        for day in range(30)
    ]
    return {"name": name, "days": days}


def alerts() -> Json:
    """`GET /api/alerts`."""
    shown = [
        {
            "name": one.name,
            "title": both(one.title.en, one.title.ja),
            "why": both(one.why.en, one.why.ja),
            "todo": both(one.todo.en, one.todo.ja),
            "severity": one.severity,
            "group": one.group,
            "by": None,
            "for_s": one.for_s,
            "keep_firing_for_s": 0,
            "slo": one.slo,
            "unit": "ratio",
            "bound": 0.05,
            "state": "firing" if at == 0 else "inactive",
            "health": "ok",
            "error": "",
        }
        for at, one in enumerate(pack())
    ]
    alarm = {
        "fingerprint": "f00d",
        "name": shown[0]["name"],
        "labels": {"model": "claude-opus-4-6"},
        "state": "firing",
        "value": 0.124,
        "active_since": NOW - 700,
        "fired_at": NOW - 400,
        "resolved_at": None,
        "causes": [{"field": "error_type", "value": "overloaded_error", "share": 0.84}],
        "budget_left": 0.36,
        "silenced_by": [],
        "inhibited_by": [],
    }
    counts = {"evaluations": 5, "missed": 0, "failures": 0, "unsaved": 0, "untold": 0}
    return {
        "evaluated_at": NOW,
        "every_s": 15.0,
        "took_s": 0.2,
        "leads": True,
        "counts": counts,
        "set_aside": "",
        "settings_error": "",
        "alerts": shown,
        "active": [alarm],
    }


def changes() -> Json:
    """`GET /api/alerts/history`."""
    first = pack()[0]
    told = {"name": first.name, "title": both(first.title.en, first.title.ja), "severity": first.severity}
    rest = {"group": first.group, "fingerprint": "f00d", "labels": {"model": "claude-opus-4-6"}}
    steps = (("pending", "firing", 400), ("inactive", "pending", 700))
    return {
        "changes": [
            told | rest | {"at": NOW - ago, "before": before, "state": state, "value": 0.124}
            for before, state, ago in steps
        ],
        "truncated": False,
    }


def past() -> Json:
    """`GET /api/alerts/backtest` of one alert: a day by half hours, with two stretches that fired."""
    begin, step_s = NOW - 86_400, 1_800
    values = [0.12 if at in range(20, 24) or at >= 46 else 0.01 for at in range(48)]
    firings = [(begin + 20 * step_s, begin + 24 * step_s), (begin + 46 * step_s, None)]
    return {
        "from": begin,
        "to": NOW,
        "step_s": 60,
        "objectives": [],
        "alerts": [
            {
                "name": pack()[0].name,
                "severity": "page",
                "unit": "ratio",
                "slo": None,
                "firings": [
                    {"labels": {}, "active_since": at - 300, "fired_at": at, "resolved_at": to, "value": 0.12}
                    for at, to in firings
                ],
                "truncated": False,
                "no_data": 3,
                "evaluations": 1_440,
                "for_s": 300,
                "chart": {
                    "from": begin,
                    "step_s": step_s,
                    "relative": False,
                    "bound": 0.05,
                    "sign": ">",
                    "lines": [{"labels": {}, "values": values}],
                    "left_out": 0,
                },
            }
        ],
    }
