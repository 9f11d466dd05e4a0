"""Objectives of Sloth and OpenSLO as entries of `kansoku.toml`: what is taken over, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from kansoku.catalog.fields import CALLS, TOOL_CALLS
from kansoku.catalog.measures import Count
from kansoku.catalog.periods import LENGTHS_S, UNITS, Calendar, Unit
from kansoku.catalog.slos import SLOS, Slo
from kansoku.cli.app import run
from kansoku.errors import DefinitionError, SettingError
from kansoku.publish.slo_entries import text
from kansoku.publish.slo_import import Imported, imported
from kansoku.publish.slo_specs import Format, specs
from kansoku.query.oracle import holds
from kansoku.query.promql import Window, measure
from kansoku.query.promql_counts import Portion, counted, query
from kansoku.query.promql_events import events
from kansoku.settings import parsed
from kansoku.settings.condition import written
from kansoku.settings.defined import Defined, defined
from kansoku.settings.entry import Faults

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400
MONTH_S = 30 * DAY_S


def read(*texts: str, window_s: int = MONTH_S) -> tuple[Imported, list[str]]:
    faults = Faults(collect=True)
    files = [(f"f{at}.yaml", each) for at, each in enumerate(texts)]
    made = imported(files, window_s, faults)
    return made, [str(one) for one in faults.found]


def taken(*texts: str) -> Defined:
    made, faults = read(*texts)
    assert faults == []
    return defined(parsed(text(made.entries), "k.toml", {}))


def slo(found: Defined, name: str) -> Slo:
    return next(one for one in found.slos if one.name == name)


def same(one: Slo) -> tuple[object, ...]:
    return (
        one.name,
        one.title,
        one.why,
        one.relation.kind,
        written(one.eligible),
        written(one.good),
        one.target,
        one.window_s,
        one.at_least,
        one.burns,
        one.calendar,
    )


SLOTH = """\
version: "prometheus/v1"
service: "kansoku"
slos:
  - name: "chat-availability"
    objective: 99.9
    description: "Calls are answered"
    sli:
      events:
        error_query: sum(rate(claude_api_calls_total{status="error", model="m"}[{{.window}}]))
        total_query: sum(rate(claude_api_calls_total{model="m"}[{{.window}}]))
    alerting:
      page_alert:
        labels: {severity: page}
      ticket_alert:
        disable: true
"""

OPENSLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: quick, displayName: Quick answers}
spec:
  description: Answers come soon.
  indicatorRef: within-five
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.95}]
  alertPolicies: [fast]
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: within-five}
spec:
  ratioMetric:
    counter: true
    good:
      metricSource: {type: Prometheus, spec: {query: 'claude_api_latency_seconds_bucket{le="5"}'}}
    total:
      metricSource: {type: Prometheus, spec: {query: claude_api_latency_seconds_count}}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast}
spec:
  alertWhenBreaching: true
  conditions:
    - kind: AlertCondition
      metadata: {name: hour, displayName: Budget burns fast}
      spec:
        severity: page
        condition: {kind: burnrate, op: gte, threshold: 10, lookbackWindow: 1h, alertAfter: 5m}
"""

BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdefghijk", "bcdefghijkl", strict=True)
)

texts = st.text(alphabet="abc 日本\"\\:#-'", min_size=1).filter(lambda one: bool(one.strip()))
shipped = st.sampled_from([one.name for one in SLOS])
days = st.sampled_from([7, 28, 30, 45])
target = st.integers(1, 999_999).map(lambda one: one / 1_000_000)


@st.composite
def settings(draw: st.DrawFn) -> str:
    """A file of settings whose objectives the exported metrics can tell."""
    tables = [f"[[slos]]\nname = {json.dumps(name)}\n" for name in draw(st.sets(shipped))]
    for at, table in enumerate(tables):
        more = f"target = {draw(target)}\nwindow = '{draw(days)}d'\nat_least = {draw(st.integers(0, 99))}\n"
        tables[at] = table + (more if draw(st.booleans()) else "off = true\n")
        if "off" not in tables[at] and draw(st.booleans()):
            tables[at] += f"title = {json.dumps(' '.join(draw(texts).split()), ensure_ascii=False)}\n"
    for at in range(draw(st.integers(0, 3))):
        errors = draw(st.lists(st.sampled_from(["a_error", "b.c|d", "api_error"]), min_size=1, unique=True))
        good = draw(
            st.sampled_from(
                [
                    f"error_type in {json.dumps(errors)}",
                    f"not (outcome = error and error_type in {json.dumps(errors)})",
                    "outcome = ok",
                    "outcome in [ok, cancelled] and not outcome = aborted",
                ]
            )
        )
        tables.append(
            f"[[slos]]\nname = 'own_{at}'\nrelation = 'calls'\neligible = 'operation = chat'\n"
            f"good = {json.dumps(good)}\ntarget = {draw(target)}\nwindow = '{draw(days)}d'\n"
            f"title = 'T'\ntitle_ja = '題'\nwhy = {json.dumps(' '.join(draw(texts).split()))}\n"
        )
    return "\n".join(tables)


@examples(max_examples=25, deadline=None)
@given(settings(), st.sampled_from(["sloth", "openslo"]))
def test_what_is_exported_is_imported_as_it_was(told: str, how: Format) -> None:
    before = defined(parsed(told, "k.toml", {})).slos
    made = specs(before, how, "kansoku")
    left = {one.name: one for one in before if one.name not in made.left_out}
    after = {one.name: one for one in taken(*made.files.values()).slos} if left else {}
    for name, one in left.items():
        assert same(after[name]) == same(one)


def test_a_specification_of_sloths_over_our_metrics_is_taken_over() -> None:
    found = taken(SLOTH)
    one = slo(found, "chat_availability")
    assert (one.title.en, one.target, one.window_s, one.relation) == (
        "Calls are answered",
        0.999,
        MONTH_S,
        CALLS,
    )
    of_m = "response_model in [m] or (response_model unknown and request_model in [m])"
    assert written(one.eligible) == f"operation = chat and ({of_m})"
    assert written(one.good) == "outcome != error"
    lost = {"operation": "chat", "outcome": "error", "response_model": None, "request_model": "m"}
    assert holds(one.eligible, lost)  # no model answered a call that failed
    assert holds(one.bad, lost)
    assert measure(Count(one.relation, one.bad), Window(60)) == (
        '(sum(increase(claude_api_calls_total{status="error",model="m"}[1m])) or vector(0))'
    )
    names = {alert.name for alert in found.alerts}
    assert "SloBurnChatAvailabilityFast" in names
    assert "SloBurnChatAvailabilitySlow" not in names


def test_sloths_raw_and_kubernetes_forms_are_read() -> None:
    spec = """\
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: shop, namespace: default}
spec:
  service: kansoku
  slos:
    - name: tools
      objective: "99"
      sli:
        raw:
          errorRatioQuery: |
            1 - (  # what went well
              sum(increase(claude_tool_calls_total{status=~"ok"}[{{ .window }}])) or vector(0)
            ) / sum(increase(claude_tool_calls_total[{{ .window }}]))
"""
    one = slo(taken(spec), "tools")
    assert (one.relation, written(one.eligible), written(one.good)) == (TOOL_CALLS, "always", "outcome = ok")
    assert one.target == 0.99


def test_an_openslo_objective_with_its_indicator_and_its_own_alert() -> None:
    made, faults = read(OPENSLO)
    assert (faults, made.notes) == ([], ())
    found = taken(OPENSLO)
    one = slo(found, "quick")
    assert (one.window_s, one.target, one.why.en) == (28 * DAY_S, 0.95, "Answers come soon.")
    assert written(one.eligible) == "operation = chat and outcome = ok and duration_s known"
    assert written(one.good) == "duration_s <= 5.0"
    alerts = {alert.name: alert for alert in found.alerts}
    assert "SloBurnQuickFast" not in alerts
    own = alerts["QuickFastHour"]
    assert (own.for_s, own.severity, own.title.en) == (300, "page", "Budget burns fast")
    entry = made.entries.alerts[-1]
    assert (entry["sign"], entry["bound"], entry["window"]) == (">=", 0.5, "1h")
    assert holds(one.bad, {"operation": "chat", "outcome": "ok", "duration_s": 5.1})


def test_objects_may_refer_to_those_of_another_file() -> None:
    first, _, rest = OPENSLO.partition("---\n")
    assert slo(taken(first, rest), "quick").target == 0.95
    _, faults = read(first)
    where = "f0.yaml, document 1, line 6: spec.indicatorRef"
    assert faults == [f"{where} names the SLI 'within-five', which is not in the files; give its file too"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('{status="error", model="m"}', '{status="error"}', "bad events are counted that are not among all"),
        ("claude_api_calls_total{model", "http_requests_total{model", "http_requests_total counts no events"),
        ('model="m"', 'region="eu"', "has no label region"),
        ('model="m"', 'model=~"m.*"', "the pattern 'm.*' of model is not read; list the values"),
        ("sum(rate", "avg(rate", "the function avg at 1 is not read"),
        ("sum(rate", "sum by (model) (rate", "by at 5 splits the sum"),
        ("(rate(", "(irate(", "the function irate at 5 is not read"),
        ("[{{.window}}]))\n        total", "[5m]))\n        total", "error_query has no [{{.window}}]"),
        ("[{{.window}}]))\n        total", "[{{.window}}] offset 1h))\n        total", "'offset'"),
        ("objective: 99.9", "objective: 100", "leaves no error budget"),
        ("objective: 99.9", "objective: high", "'high' is no number"),
        ("chat-availability", "chat availability", "must be letters, digits"),
        ("    description", "    descripton", "slos[0].descripton is not read"),
        ("  - name", "  - target: 1\n    name", "slos[0].target is not read"),
        ("prometheus/v1", "prometheus/v2", "version is of no format that is read"),
        ("disable: true", "disable: yess", "'yess' is neither true nor false"),
        ("    description", "    name: x\n    description", "has 'name' twice"),
        ("service:", "service: [", "is no YAML"),
    ],
)
def test_what_cannot_be_taken_over_of_sloth_is_named_with_its_place(old: str, new: str, why: str) -> None:
    assert old in SLOTH
    made, faults = read(SLOTH.replace(old, new, 1))
    assert len(faults) == 1
    assert why in faults[0]
    assert faults[0].startswith("f0.yaml, ")
    assert "line " in faults[0]
    assert made.entries.slos == ()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Occurrences", "Timeslices", "line 8: spec.budgetingMethod 'Timeslices' is not counted"),
        ("isRolling: true", "isRolling: false", "isRolling is no rolling window and has no calendar"),
        (
            "isRolling: true",
            "isRolling: true, calendar: {startTime: 2024-01-01}",
            "is true beside a calendar",
        ),
        ("isRolling: true", "calendar: {startTime: 2024-01-01}", "'4w' is no calendar period that is read"),
        ("duration: 4w", "duration: 1M", "'1M' is no time that is read"),
        ("duration: 4w", "duration: 36h", "must be whole days"),
        ("objectives: [{target: 0.95}]", "objectives: []", "spec.objectives is empty"),
        (
            "[{target: 0.95}]",
            "[{target: 0.95}, {target: 2}]",
            "objectives[1].target 2 leaves no error budget",
        ),
        (
            "[{target: 0.95}]",
            "[{target: 0.9}, {target: 0.9}]",
            "spec.objectives[1] is named quick_90, as the one",
        ),
        ("target: 0.95", "target: 95", "95 leaves no error budget"),
        ("ratioMetric:", "thresholdMetric:", "is one value over time"),
        ("counter: true", "counter: false", "is a counter as it stands"),
        ('le="5"', 'le="6"', "le is no bucket"),
        ("severity: page", "severity: critical", "'critical' is not known; use one of page, ticket, info"),
        ("kind: burnrate", "kind: composite", "'composite' is not read; write burnrate"),
        ("op: gte", "op: lt", "alerts when all is well"),
        ("threshold: 10", "threshold: 30", "which no traffic reaches"),
        ("alertWhenBreaching: true", "alertWhenBreaching: false", "write alertWhenBreaching: true"),
        ("kind: AlertPolicy", "kind: AlertPolicies", "document 3, line 24: kind 'AlertPolicies' is not read"),
        ("type: Prometheus", "type: Datadog", "'Datadog' is not read"),
    ],
)
def test_what_cannot_be_taken_over_of_openslo_is_named_with_its_place(old: str, new: str, why: str) -> None:
    assert old in OPENSLO
    _, faults = read(OPENSLO.replace(old, new, 1))
    assert faults
    assert any(why in one for one in faults)


def test_nothing_is_dropped_in_silence() -> None:
    spec = SLOTH.replace('service: "kansoku"', 'service: "shop"\nlabels: {team: a}').replace(
        "    alerting:\n", "    alerting:\n      name: Mine\n      annotations: {runbook: x}\n"
    )
    told = "\n".join(read(spec)[0].notes)
    for part in ("line 2: service", "line 3: labels", "alerting.name", "annotations.runbook"):
        assert part in told
    extra = "\n---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: s}\nspec: {}\n"
    assert (
        "document 4, line 36: it is a Service, which is not taken over" in read(OPENSLO + extra)[0].notes[0]
    )


def test_of_several_objectives_each_becomes_one_with_its_alerts() -> None:
    several = "[{target: 0.9}, {targetPercent: 99.95, displayName: Strict}]"
    found, faults = read(OPENSLO.replace("[{target: 0.95}]", several))
    assert faults == []
    slos = [dict(one) for one in found.entries.slos]
    assert [(one["name"], one["title"], one["target"]) for one in slos] == [
        ("quick_90", "Quick answers: 90 %", 0.9),
        ("quick_99_95", "Quick answers: Strict", 0.9995),
    ]
    assert {str(one["good"]) for one in slos} == {"duration_s <= 5.0"}
    alerts = [str(dict(one)["name"]) for one in found.entries.alerts]
    burning = [name for name in alerts if not name.startswith("SloBurn")]
    assert burning == ["Quick90FastHour", "Quick9995FastHour"]
    _, faults = read(OPENSLO.replace("quick", "q" * 58).replace("[{target: 0.95}]", several))
    assert "give the SLO a shorter name" in faults[0]


def test_every_fault_of_all_files_is_told_at_once() -> None:
    _, faults = read(SLOTH.replace("99.9", "0"), OPENSLO.replace("4w", "1Q"), "[1, 2")
    assert [one.partition(",")[0] for one in faults] == ["f0.yaml", "f2.yaml", "f1.yaml"]


def test_two_objectives_of_one_name_are_refused() -> None:
    _, faults = read(SLOTH, SLOTH)
    assert faults[0].endswith("f0.yaml, document 1, line 4: slos[0]; give each its own name")


def test_annotations_that_say_otherwise_than_the_queries_are_refused() -> None:
    made = specs([SLOS[0]], "sloth", "kansoku").files["kansoku.sloth.yaml"]
    changed = made.replace("outcome in [ok, error]", "outcome = ok", 1)
    assert changed != made
    assert "asks otherwise than the annotations" in read(changed)[1][0]


def test_a_name_of_ours_over_other_rows_is_refused() -> None:
    other = SLOTH.replace("chat-availability", "satisfaction")
    assert "is Kansoku's own objective of feedback rows" in read(other)[1][0]


@pytest.mark.parametrize(
    "bomb",
    [
        BOMB,
        "a: &a [*a]",
        "[" * 600,
        "x: !!python/object/apply:os.system [ls]",
        "<<: {a: b}",
    ],
)
def test_hostile_yaml_is_refused(bomb: str) -> None:
    _, faults = read(bomb)
    assert len(faults) == 1


@given(
    st.lists(st.sampled_from(["ok", "error", "cancelled", "aborted"]), min_size=1, unique=True),
    st.booleans(),
    st.lists(st.sampled_from(["a_b", "x.y", "z|w"]), min_size=1, unique=True),
)
def test_a_query_means_the_rows_that_its_series_count(
    outcomes: list[str], unlike: bool, errors: list[str]
) -> None:
    sign = "!~" if unlike else "=~"
    quoted = "|".join(one.replace(".", r"\\.").replace("|", r"\\|") for one in errors)
    whole = f'sum(increase(claude_api_calls_total{{status{sign}"{"|".join(outcomes)}"}}[1h]))'
    part = f'(sum(increase(claude_api_errors_total{{error_type=~"{quoted}"}}[1h])) or vector(0))'
    failed_count = ("error" in outcomes) != unlike
    if not failed_count:
        with pytest.raises(DefinitionError, match="not among all"):
            events(counted(part), counted(whole))
        return
    found = events(counted(part), counted(whole))
    for outcome in ("ok", "error", "cancelled", "aborted"):
        for error in ("a_b", "x.y", "z|w", "other") if outcome == "error" else ("",):
            row = {"operation": "chat", "outcome": outcome, "error_type": error}
            counts = (outcome in outcomes) != unlike
            assert holds(found.eligible, row) == counts
            assert (counts and holds(found.bad, row)) == (outcome == "error" and error in errors)


def test_rows_that_are_counted_twice_are_refused() -> None:
    twice = "sum(rate(claude_api_calls_total[1h])) + sum(rate(claude_api_errors_total[1h]))"
    with pytest.raises(DefinitionError, match="some are counted 2 times"):
        events(counted("sum(rate(claude_api_errors_total[1h]))"), counted(twice))
    mixed = "sum(rate(claude_tasks_total[1h]))"
    with pytest.raises(DefinitionError, match="counted together"):
        events(counted(mixed), counted("sum(rate(claude_api_calls_total[1h]))"))


def test_brackets_order_and_spaces_make_no_difference() -> None:
    one = counted('((sum(increase(claude_api_calls_total{model="a",status="ok"}[1h]))) or vector(0))')
    other = counted(
        'sum ( increase( {status=~"ok",  __name__="claude_api_calls_total", model=~"(a)"}[ 1h ]) )'
    )
    assert one.same(other)
    share = query("sum(rate(claude_tasks_total{outcome='failed'}[5m])) / sum(rate(claude_tasks_total[5m]))")
    assert isinstance(share, Portion)


def test_the_command_adds_to_the_file_or_leaves_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, file = tmp_path / "s.yaml", tmp_path / "k.toml"
    spec.write_text(SLOTH)
    file.write_text("# mine\n[budget]\nmonthly_usd = 10\n")
    file.chmod(0o640)
    assert run(["slo", "import", str(spec), "-o", str(file)]) == 0
    assert "1 objectives and 1 alerts written" in capsys.readouterr().out
    whole = file.read_text()
    assert whole.startswith("# mine\n[budget]\nmonthly_usd = 10\n\n[[slos]]\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert slo(defined(parsed(whole, "k.toml", {})), "chat_availability").target == 0.999

    assert run(["slo", "import", str(spec), "-o", str(file), "--lang", "ja"]) == 1
    assert "[[slos]] に chat_availability が既にあります" in capsys.readouterr().err
    spec.write_text(SLOTH.replace("chat-availability", "another").replace("99.9", "101"))
    assert run(["slo", "import", str(spec), "-o", str(file)]) == 1
    assert "nothing is written" in capsys.readouterr().err
    assert file.read_text() == whole
    assert sorted(each.name for each in tmp_path.iterdir()) == ["k.toml", "s.yaml"]


def test_the_command_prints_without_a_file_and_holds_sloths_over_the_days_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "s.yaml"
    spec.write_text(SLOTH)
    assert run(["slo", "import", str(spec), "--days", "28"]) == 0
    told = capsys.readouterr().out
    assert slo(defined(parsed(told, "k.toml", {})), "chat_availability").window_s == 28 * DAY_S
    assert run(["slo", "import", str(tmp_path / "none.yaml")]) == 1


def test_a_template_in_a_text_is_not_exported() -> None:
    found = defined(parsed('[[slos]]\nname = "latency"\nwhy = "{{ $x }}"\n', "k.toml", {}))
    assert "begins a template" in specs(found.slos, "sloth", "s").left_out["latency"]


def test_faults_are_raised_where_they_are_not_collected() -> None:
    with pytest.raises(SettingError, match="leaves no error budget"):
        imported([("f", SLOTH.replace("99.9", "0"))], MONTH_S, Faults())


def calendar_of(window: str) -> str:
    assert "timeWindow: [{duration: 4w, isRolling: true}]" in OPENSLO
    return OPENSLO.replace("{duration: 4w, isRolling: true}", window)


@pytest.mark.parametrize(
    ("window", "unit", "zone"),
    [
        ('{duration: 1M, isRolling: false, calendar: {startTime: "2022-02-01 00:00:00"}}', "month", "UTC"),
        (
            '{duration: 1w, isRolling: false, calendar: {startTime: "2022-01-03", timeZone: Asia/Tokyo}}',
            "week",
            "Asia/Tokyo",
        ),
        ('{duration: 1d, calendar: {startTime: "2022-01-05 00:00", timeZone: UTC}}', "day", "UTC"),
        ('{duration: 1Q, calendar: {startTime: "2022-07-01 00:00:00"}}', "quarter", "UTC"),
        ('{duration: 1Y, calendar: {startTime: "2022-01-01 00:00:00"}}', "year", "UTC"),
    ],
)
def test_calendar_windows_are_taken_over(window: str, unit: Unit, zone: str) -> None:
    found = slo(taken(calendar_of(window)), "quick")
    assert found.calendar == Calendar(unit, zone)
    assert found.window_s == LENGTHS_S[unit]


@pytest.mark.parametrize(
    ("calendar", "why"),
    [
        ('{startTime: "2022-02-02 00:00:00"}', "begins no month of the calendar"),
        ('{startTime: "2022-02-01 12:30:00"}', "begins no month of the calendar"),
        ('{startTime: "2022-02-01T00:00:00Z"}', "has a zone of its own"),
        ("{startTime: soon}", "'soon' is no time"),
        ('{startTime: "9999-12-01 00:00:00"}', "is no time"),
        ('{startTime: "2022-02-01", timeZone: Mars}', "'Mars' is not known"),
        ("{timeZone: UTC}", "startTime is missing"),
    ],
)
def test_a_calendar_that_is_not_read_is_named(calendar: str, why: str) -> None:
    _, (fault,) = read(calendar_of(f"{{duration: 1M, isRolling: false, calendar: {calendar}}}"))
    assert why in fault
    assert "line " in fault


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_calendar_objective_comes_back_as_it_was_exported(unit: Unit, zone: str) -> None:
    told = f'[[slos]]\nname = "availability"\nwindow = "{unit}"\n'
    told += f'timezone = "{zone}"\n' if zone != "UTC" else ""
    known = slo(defined(parsed(told, "k.toml", {})), "availability")
    made = specs([known], "openslo", "kansoku")
    assert same(slo(taken(*made.files.values()), "availability")) == same(known)
    assert "no calendar periods" in specs([known], "sloth", "kansoku").left_out["availability"]
