"""The dashboards as Grafana wants them: ids, places, data sources, names that the application exports."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard

from kansoku.catalog.instruments import INSTRUMENTS
from kansoku.catalog.panels import GROUPS
from kansoku.catalog.slos import CostBudget
from kansoku.catalog.text import LANGUAGES, Language
from kansoku.publish import grafana

FILES = grafana.files()
DASHBOARDS: dict[str, Any] = {
    name: json.loads(text) for name, text in FILES.items() if name.endswith(".json")
}
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@pytest.fixture(params=DASHBOARDS, ids=lambda name: name.rpartition("/")[2])
def made(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401  JSON
    return DASHBOARDS[request.param]


def targets(made: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  JSON
    """Each panel with each of its queries."""
    for panel in made["panels"]:
        for target in panel.get("targets", []):
            yield panel, target


def test_there_is_a_metrics_a_rows_and_a_log_dashboard_in_each_language() -> None:
    names = {f"dashboards/{one}-{language}.json" for language in LANGUAGES for one in
             ("kansoku", "kansoku-rows", "kansoku-logs")}  # fmt: skip
    assert set(DASHBOARDS) == names
    assert {f"dashboards/{one['uid']}.json" for one in DASHBOARDS.values()} == names
    assert len({one["title"] for one in DASHBOARDS.values()}) == len(names)


def test_the_same_files_come_out_each_time() -> None:
    assert grafana.files() == FILES


def test_the_groups_of_the_catalog_are_the_rows_in_their_order() -> None:
    for language in LANGUAGES:
        panels = DASHBOARDS[f"dashboards/kansoku-{language}.json"]["panels"]
        rows = [panel["title"] for panel in panels if panel["type"] == "row"]
        assert rows == [group.title.as_dict()[language] for group in GROUPS]


def test_each_panel_of_the_catalog_is_told_by_the_metrics_or_by_the_rows() -> None:
    for language in LANGUAGES:
        shown = {
            name: {panel.get("title") for panel in DASHBOARDS[f"dashboards/{name}-{language}.json"]["panels"]}
            for name in ("kansoku", "kansoku-rows")
        }
        for panel in (panel for group in GROUPS for panel in group.panels):
            where = "kansoku-rows" if panel.id in grafana.unreadable() else "kansoku"
            assert panel.title.as_dict()[language] in shown[where]


def test_a_month_is_red_from_the_budget_on_where_there_is_one() -> None:
    words: dict[Language, str] = {"en": "kansoku.toml on: $1,200.00", "ja": "予算 $1,200.00 に達すると赤"}
    for language, said in words.items():
        made = grafana.files([language], CostBudget(1_200.0))[f"dashboards/kansoku-{language}.json"]
        panels = [one for one in json.loads(made)["panels"] if said in one.get("description", "")]
        assert [one["fieldConfig"]["defaults"]["thresholds"]["steps"] for one in panels] == [
            [{"value": None, "color": "text"}, {"value": 1_200.0, "color": "red"}]
        ]
    assert "thresholds" not in FILES["dashboards/kansoku-en.json"]


def test_what_the_metrics_cannot_tell_is_told_with_the_reason() -> None:
    told = grafana.unreadable()
    assert told["calls_by_user"] == "no metric has user_id as a label"
    assert told["recent_errors"] == "metrics have no single calls"
    assert not {"calls_by_outcome", "latency_quantiles", "ttft", "cost_by_model", "tokens_by_type"} & set(
        told
    )


def test_the_words_are_of_one_language(made: Any) -> None:  # noqa: ANN401  JSON
    if made["uid"].endswith("-en"):
        assert not JAPANESE.search(json.dumps(made, ensure_ascii=False))
    else:
        assert all(JAPANESE.search(panel["description"]) for panel, _ in targets(made))


def test_ids_are_unique_and_nothing_overlaps(made: Any) -> None:  # noqa: ANN401  JSON
    panels = made["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_each_panel_asks_the_data_source_that_is_chosen(made: Any) -> None:  # noqa: ANN401  JSON
    variables = {one["name"]: one for one in made["templating"]["list"]}
    (chosen,) = (one for one in variables.values() if one["type"] == "datasource")
    found = {"type": chosen["query"], "uid": f"${{{chosen['name']}}}"}
    for panel, target in targets(made):
        assert panel["datasource"] == target["datasource"] == found
    text = json.dumps(made)
    assert "__inputs" not in made
    assert "${DS_" not in text
    named = set(re.findall(r"\$(?:\{(\w+)\}|(?!__)(\w+))", text))
    assert {one or other for one, other in named} <= set(variables)


def test_a_panel_that_shows_one_value_says_which(made: Any) -> None:  # noqa: ANN401  JSON
    for panel, _ in targets(made):
        if panel["type"] in {"stat", "bargauge"}:
            assert panel["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]


def test_the_sdk_reads_what_it_wrote(made: Any) -> None:  # noqa: ANN401  JSON
    if made["uid"].startswith("kansoku-rows"):
        return  # it has no model of the ClickHouse plugin's queries
    register_default_plugins()
    read = dashboard.Dashboard.from_json(made)
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == made


EXPOSED: dict[str, set[str]] = {}
for known in INSTRUMENTS:
    labels = set(known.labels) | {"job", "instance"}
    match known.kind:
        case "counter":
            EXPOSED[f"{known.name}_total"] = labels
        case "gauge":
            EXPOSED[known.name] = labels
        case "histogram":
            for part in ("bucket", "count", "sum"):
                EXPOSED[f"{known.name}_{part}"] = labels | ({"le"} if part == "bucket" else set())


def test_each_metric_and_label_is_one_that_the_application_exports() -> None:
    for language in LANGUAGES:
        for _, target in targets(DASHBOARDS[f"dashboards/kansoku-{language}.json"]):
            used = re.findall(r"\b((?:claude|kansoku|gen_ai)_\w+)(?:\{([^}]*)\})?", target["expr"])
            assert used
            for name, matchers in used:
                assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", matchers)) <= EXPOSED[name]
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert all(label in EXPOSED[name] for name, _ in used)
                assert f"by ({label})" in target["expr"]


def test_each_query_is_narrowed_to_the_services_that_are_chosen() -> None:
    for _, target in targets(DASHBOARDS["dashboards/kansoku-en.json"]):
        selectors = re.findall(r"claude_\w+(?:\{[^}]*\})?\[", target["expr"])
        assert selectors
        assert all('job=~"$service"' in selector for selector in selectors)
