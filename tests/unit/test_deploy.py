"""The files of deploy/: they parse, pin what they pull, and name what there is. Nothing starts them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from kansoku.catalog.settings import GRPC_PORT, PORT, STORE_PASSWORD_VARIABLE, STORE_VARIABLE
from kansoku.store.clickhouse.address import address_of
from kansoku.store.schema.tables import OTEL_TABLES

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = DEPLOY / "compose"
CHART = DEPLOY / "helm" / "kansoku"
ADDRESS = re.compile(r"clickhouses?://\S+@\S+")


def loaded(path: Path) -> Any:  # noqa: ANN401  YAML
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(params=["small", "2x2"])
def compose(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {**loaded(COMPOSE / f"{request.param}.yaml"), "name": request.param}


def test_each_image_is_pinned_by_a_full_version(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()}
    assert len(images) == 5
    for image in images:
        assert re.fullmatch(r"[\w/.-]+:\d+\.\d+\.\d+[\w.-]*", image), image
    for line in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("FROM"):
            assert re.match(r"FROM python:\d+\.\d+\.\d+-", line)


def test_what_a_service_names_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service["networks"]) <= set(compose["networks"])
        for mount in service.get("volumes", ()):
            source = mount.partition(":")[0]
            if source.startswith("./") and source != "./htpasswd":  # the operator makes that one
                assert (COMPOSE / source).is_file(), source
            elif not source.startswith("./"):
                assert source in compose["volumes"]


def test_nodes_store_in_the_cluster_and_are_reached_through_the_proxy_alone(compose: dict[str, Any]) -> None:
    services = compose["services"]
    nodes = [name for name in services if name.startswith("kansoku-")]
    assert len(nodes) == 2
    cluster = ET.parse(COMPOSE / "clickhouse" / f"cluster-{compose['name']}.xml").getroot()
    (named,) = list(cluster.find("remote_servers") or [])
    hosts = {str(host.text) for host in named.iter("host")}
    assert hosts <= set(services)
    assert all(shard.findtext("internal_replication") == "true" for shard in named)
    for name in (*nodes, "init"):
        found = address_of(services[name]["environment"][STORE_VARIABLE], {STORE_PASSWORD_VARIABLE: "p"})
        assert found.host in hosts
        assert (found.cluster, found.database, found.password) == (named.tag, "kansoku", "p")
    assert services["init"]["command"] == ["store", "init"]
    assert [name for name in services if "ports" in services[name]] == ["proxy"]
    assert compose["networks"]["inner"] == {"internal": True}
    assert all(services[name]["networks"] == ["inner"] for name in (*nodes, *sorted(hosts)))


def test_each_keeper_and_replica_has_a_place_of_its_own(compose: dict[str, Any]) -> None:
    services = compose["services"]
    keeper = ET.parse(COMPOSE / "clickhouse" / f"keeper-{compose['name']}.xml").getroot()
    cluster = ET.parse(COMPOSE / "clickhouse" / f"cluster-{compose['name']}.xml").getroot()
    ids = {server.findtext("hostname"): server.findtext("id") for server in keeper.iter("server")}
    assert {name: services[name]["environment"]["KEEPER_ID"] for name in ids if name} == ids
    assert {node.findtext("host") for node in cluster.iter("node")} == set(ids)
    macros = [
        (one["environment"]["CLICKHOUSE_SHARD"], one["environment"]["CLICKHOUSE_REPLICA"])
        for one in services.values()
        if "CLICKHOUSE_SHARD" in one.get("environment", {})
    ]
    shards = [len(list(shard.iter("replica"))) for shard in cluster.iter() if shard.tag == "shard"]
    assert len(set(macros)) == len(macros) == sum(shards)


def test_no_secret_is_written_down() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"clickhouses?://[^\s:@]+:[^\s@/]+@", text), path
            assert not re.search(r"<password>[^<]", text), path


def test_the_collector_writes_to_our_tables_and_makes_none() -> None:
    told = loaded(COMPOSE / "collector.yaml")["exporters"]["clickhouse"]
    named = {told["traces_table_name"], told["logs_table_name"]}
    named |= {one["name"] for one in told["metrics_tables"].values()}
    assert named == {table.name for table in OTEL_TABLES}
    assert told["create_schema"] is False
    assert told["connection_params"] == {"distributed_foreground_insert": "1"}


def test_the_proxy_asks_everyone_and_passes_both_ports() -> None:
    told = (COMPOSE / "nginx.conf").read_text(encoding="utf-8")
    assert told.count("{") == told.count("}")
    assert told.index("auth_basic_user_file") < told.index("server {")
    assert "auth_basic off" not in told
    for number in (1, 2):
        assert f"server kansoku-{number}:{PORT};" in told
        assert f"server kansoku-{number}:{GRPC_PORT};" in told


def test_templates_use_values_that_exist_and_all_of_them() -> None:
    values, schema = loaded(CHART / "values.yaml"), json.loads((CHART / "values.schema.json").read_text())
    used: set[str] = set()
    for template in (CHART / "templates").iterdir():
        text = template.read_text(encoding="utf-8")
        assert text.count("{{") == text.count("}}"), template
        opened = len(re.findall(r"\{\{-? (?:if|range|with|define) ", text))
        assert opened == len(re.findall(r"\{\{-? end -?\}\}", text)), template
        used |= set(re.findall(r"\.Values\.([\w.]+)", text))
    for path in used:
        found: Any = values
        for part in path.split("."):
            assert part in found, path
            found = found[part]
    assert {path.split(".")[0] for path in used} == set(values)
    assert set(schema["properties"]) == set(values)
    for name, told in schema["properties"].items():
        if told.get("additionalProperties") is False:
            assert set(told["properties"]) == set(values[name]), name
    assert re.search(
        schema["properties"]["store"]["properties"]["address"]["pattern"], values["store"]["address"]
    )
    assert address_of(values["store"]["address"], {}).cluster == "kansoku"


def test_a_node_of_the_chart_keeps_its_spool_and_no_probe_asks_for_clickhouse() -> None:
    text = (CHART / "templates" / "nodes.yaml").read_text(encoding="utf-8")
    assert "volumeClaimTemplates" in text
    assert "--data-dir=/data" in text
    assert "mountPath: /data" in text
    assert "httpGet" not in text
    assert text.count("tcpSocket: {port: http}") == 2
    assert "runAsNonRoot: true" in text
