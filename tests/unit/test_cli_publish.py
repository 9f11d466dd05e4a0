"""`kansoku publish` writes its files, and says what it leaves out."""

from pathlib import Path

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.cli.app import run
from kansoku.cli.publish import RULES, UNWRITABLE
from kansoku.publish.prometheus import rules


def test_it_writes_the_rules_of_all_alerts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "folder"
    assert run(["publish", "prometheus", "-o", str(folder)]) == 0
    assert (folder / RULES).read_text(encoding="utf-8") == rules(alerts())
    told = capsys.readouterr()
    assert told.out == f"{folder / RULES}\n"
    assert told.err == ""


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    assert run(["publish", "prometheus", "-o", str(taken)]) == UNWRITABLE
    assert "name another folder" in capsys.readouterr().err


def test_the_rules_of_services_lie_beside_one_another(tmp_path: Path) -> None:
    for service in ("shop", "my/search", "my search", "決済", "請求"):
        assert run(["publish", "prometheus", "-o", str(tmp_path), "--service", service]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "kansoku.shop.rules.yaml",
        "kansoku.my-search-2fa88ee4.rules.yaml",
        "kansoku.my-search-85ee5886.rules.yaml",
        "kansoku.---9073009c.rules.yaml",
        "kansoku.---779fdc96.rules.yaml",
    }
    assert 'job="shop"' in (tmp_path / "kansoku.shop.rules.yaml").read_text(encoding="utf-8")


def test_alertmanager_has_a_configuration_and_its_templates(tmp_path: Path) -> None:
    assert run(["publish", "alertmanager", "-o", str(tmp_path), "--language", "ja"]) == 0
    text = (tmp_path / "alertmanager.yml").read_text(encoding="utf-8")
    assert 'template "kansoku.text.ja"' in text
    assert "templates: [kansoku.tmpl]" in text
    assert (tmp_path / "kansoku.tmpl").is_file()


def test_monitors_are_written_and_what_is_left_out_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", "datadog", "-o", str(tmp_path), "--service", "shop"]) == 0
    assert "service:shop" in (tmp_path / "kansoku.monitors.json").read_text(encoding="utf-8")
    assert "NoTraffic is left out: a monitor compares only with now" in capsys.readouterr().err
    assert run(["publish", "datadog", "-o", str(tmp_path), "--service", "{}"]) == 1
    assert "--service: no tag of Datadog can hold the service '{}'" in capsys.readouterr().err


def test_dashboards_are_written_in_the_language_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", "grafana", "-o", str(tmp_path), "--language", "ja"]) == 0
    told = capsys.readouterr()
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {
        "dashboards/kansoku-ja.json",
        "dashboards/kansoku-rows-ja.json",
        "dashboards/kansoku-logs-ja.json",
        "provisioning/dashboards/kansoku.yaml",
        "provisioning/datasources/kansoku.yaml.example",
    }
    assert set(told.out.splitlines()) == {str(tmp_path / name) for name in written}
    assert "cost_by_user is not told whole by the metrics" in told.err


def test_the_budget_of_the_file_of_settings_is_on_the_dashboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "k.toml"
    file.write_text("[budget]\nmonthly_usd = 4321\n")
    monkeypatch.setenv("KANSOKU_CONFIG", str(file))
    assert run(["publish", "grafana", "-o", str(tmp_path), "--language", "en"]) == 0
    assert "kansoku.toml on: $4,321.00." in (tmp_path / "dashboards/kansoku-en.json").read_text()


def test_the_alerts_are_those_of_the_file_of_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "k.toml"
    file.write_text(
        '[[alerts]]\nname = "HighErrorRate"\nbound = 0.0123\nfeature = "support"\n'
        '[[alerts]]\nname = "CostAnomaly"\nbound = 77.5\nmodel = "m"\n'
        '[[slos]]\nname = "few_errors"\ntitle = "Few errors"\nindicator = "error_rate"\ntarget = 0.97\n'
    )
    monkeypatch.setenv("KANSOKU_CONFIG", str(file))
    assert run(["publish", "prometheus", "-o", str(tmp_path)]) == 0
    text = (tmp_path / RULES).read_text(encoding="utf-8")
    assert "alert: HighErrorRate" not in text  # no metric has the feature
    assert 'claude_cost_usd_total{model="m"}' in text
    told = capsys.readouterr().err
    assert "HighErrorRate is left out: no metric has feature as a label" in told
    assert "CostAnomaly" not in told
    assert "alert: SloBurnFewErrorsFast" in text
    file.write_text('[[alerts]]\nname = "HighErrorRate"\nbound = 5')
    assert run(["publish", "prometheus", "-o", str(tmp_path)]) == 1
    assert "k.toml, line 3: alerts.bound 5 is no share" in capsys.readouterr().err


def test_an_alert_outside_objectives_builds_on_no_series_of_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An objective that counts the same calls would give the guard a label that the rate lacks."""
    file = tmp_path / "k.toml"
    file.write_text(
        '[[slos]]\nname = "few_errors"\ntitle = "Few errors"\nindicator = "error_rate"\ntarget = 0.97\n'
    )
    monkeypatch.setenv("KANSOKU_CONFIG", str(file))
    assert run(["publish", "prometheus", "-o", str(tmp_path)]) == 0
    text = (tmp_path / RULES).read_text(encoding="utf-8")
    rule = text.partition("alert: HighErrorRate")[2].partition("for:")[0]
    assert "kansoku:" not in rule
    assert "kansoku:" in text.partition("alert: SloBurnFewErrorsFast")[2].partition("labels:")[0]
