"""The published Alertmanager configuration under Alertmanager's own tool: it is read, routes, and speaks."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.inhibitions import INHIBITIONS, of_burns
from kansoku.catalog.slos import CostBudget
from kansoku.catalog.text import LANGUAGES, Language
from kansoku.publish.alertmanager import CONFIG, TEMPLATES, files

AMTOOL = shutil.which("amtool")
if AMTOOL is None:
    pytest.skip("not installed: amtool (Debian's prometheus-alertmanager)", allow_module_level=True)


def amtool(*words: str) -> str:
    ended = subprocess.run([str(AMTOOL), *words], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


RULES = (*INHIBITIONS, *of_burns(one.name for one in alerts()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in files(alerts(), "en").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_it_is_read_with_all_its_rules(folder: Path) -> None:
    told = amtool("check-config", str(folder / CONFIG))
    assert f"{len(RULES)} inhibit rules" in told
    assert "4 receivers" in told
    assert "1 templates" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_of_a_receiver_can_be_uncommented(folder: Path, language: Language) -> None:
    head, _, places = files(alerts(), language)[CONFIG].partition("receivers:")
    entries = re.sub(r"^    # ", "    ", places, flags=re.MULTILINE)
    assert "#" not in re.sub(r"'[^']*'", "", entries)
    (folder / CONFIG).write_text(f"{head}receivers:{entries}", encoding="utf-8")
    amtool("check-config", str(folder / CONFIG))


def test_each_alert_goes_to_the_receiver_of_its_severity(folder: Path) -> None:
    found: dict[str, str] = {}
    for alert in {(one.severity, one.group): one for one in alerts()}.values():
        labels = (f"alertname={alert.name}", f"severity={alert.severity}", f"group={alert.group}")
        found[alert.name] = amtool("config", "routes", "test", f"--config.file={folder / CONFIG}", *labels)
    by_name = {one.name: one for one in alerts()}
    for name, receiver in found.items():
        wanted = "watchdog" if name == "Watchdog" else by_name[name].severity
        assert receiver.strip() == f"kansoku-{wanted}"


def test_no_page_is_kept_quiet_by_what_is_less_grave() -> None:
    lowered = [replace(one, severity="info") if one.name == "ApiOutage" else one for one in alerts()]
    before, after = (files(given, "en")[CONFIG] for given in (alerts(), lowered))
    outage = 'source_matchers: ["alertname=\\"ApiOutage\\""]'
    assert outage in before
    assert outage not in after


def test_only_alerts_that_exist_are_kept_quiet_and_only_by_those_of_the_same_service(folder: Path) -> None:
    text = (folder / CONFIG).read_text(encoding="utf-8")
    known = {alert.name for alert in alerts(cost=CostBudget(5_000.0))}
    for one in RULES:
        assert {*one.by, *one.of} <= known
    assert text.count("    equal: [service") == len(RULES)


def test_the_fast_burn_of_ones_own_objective_speaks_for_the_steady_one() -> None:
    own = [replace(one, name=one.name.replace("Latency", "BotWorks")) for one in alerts()]
    text = files(own, "en")[CONFIG]
    assert 'source_matchers: ["alertname=\\"SloBurnBotWorksFast\\""]' in text
    assert 'target_matchers: ["alertname=\\"SloBurnBotWorksSlow\\""]' in text


SAID = {
    "en": (
        "[Firing] Answers are slow: m (12.5s)",
        (
            "Answers are slow: m (HighLatency, ticket, m, shop)\nToo slow.\nValue: 12.5s\n"
            "Since: 2026-11-27 01:00:00 UTC\nWhat to do: Look.\n"
        ),
    ),
    "ja": (
        "[発火中] 遅い: m (12.5秒)",
        (
            "遅い: m (HighLatency, ticket, m, shop)\n遅すぎる\n値: 12.5秒\n"
            "発生: 2026-11-27 01:00:00 UTC\n対応: 見る\n"
        ),
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_says_what_is_wrong_where_since_when_and_what_to_do(
    folder: Path, language: Language
) -> None:
    told = {
        "status": "firing",
        "alerts": [
            {
                "status": "firing",
                "labels": {
                    "alertname": "HighLatency",
                    "severity": "ticket",
                    "group": "latency",
                    "service": "shop",
                    "model": "m",
                },
                "annotations": {
                    "summary": "Answers are slow: m",
                    "summary_ja": "遅い: m",
                    "value": "12.5s",
                    "value_ja": "12.5秒",
                    "description": "Too slow.",
                    "description_ja": "遅すぎる",
                    "action": "Look.",
                    "action_ja": "見る",
                },
                "startsAt": "2026-11-27T10:00:00+09:00",
            }
        ],
    }
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    for part, wanted in zip(("title", "text"), SAID[language], strict=True):
        assert said(folder, part, language) == wanted.removesuffix("\n")


def said(folder: Path, part: str, language: Language) -> str:
    """What the template makes of `told.json`."""
    return amtool(
        "template",
        "render",
        f"--template.glob={folder / TEMPLATES}",
        f"--template.data={folder / 'told.json'}",
        f'--template.text={{{{ template "kansoku.{part}.{language}" . }}}}',
    ).removesuffix("\n")


def test_the_title_of_what_has_ended_or_tells_no_figure_has_none(folder: Path) -> None:
    annotations = {
        "summary": "Many calls fail: shop",
        "value": "9.2%",
        "description": "Why.",
        "action": "Look.",
    }
    one = {"labels": {"alertname": "A"}, "startsAt": "2026-11-27T01:00:00Z"}
    ended = one | {"status": "resolved", "annotations": annotations}
    bare = one | {"status": "firing", "annotations": annotations | {"value": ""}}
    (folder / "told.json").write_text(json.dumps({"status": "firing", "alerts": [ended, bare]}))
    assert said(folder, "title", "en") == "[Firing] Many calls fail: shop, Many calls fail: shop"
    assert said(folder, "text", "en").count("Value: ") == 1
