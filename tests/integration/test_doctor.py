"""`kansoku doctor` as it is run: in processes of its own, with and without what it looks for."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kansoku.cli import USAGE
from tests.integration.receiver import Receiver, receiving
from tests.integration.scripts import environment, forked

COMMAND = "from kansoku.cli import main; main()"
WITHOUT = """
import sys
class Hides:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hides())
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def doctor(
    *words: str, cwd: Path, before: str = "", **env: str
) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Exit code, findings by name, and stderr."""
    done = forked(before + COMMAND, "doctor", "--json", *words, cwd=cwd, timeout_s=90, **env)
    return found(done)


def fresh_doctor(
    *words: str, cwd: Path, before: str = "", **env: str
) -> tuple[int, dict[str, dict[str, Any]], str]:
    """The same of a process that has nothing imported, for what is about what is not there or breaks then."""
    done = subprocess.run(
        [sys.executable, "-c", before + COMMAND, "doctor", "--json", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=90,
        check=False,
        env=environment(**env),
    )
    return found(done)


def found(done: subprocess.CompletedProcess[str]) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Exit code, findings by name, and stderr."""
    assert done.stdout, done.stderr
    return done.returncode, {each["name"]: each for each in json.loads(done.stdout)["findings"]}, done.stderr


def test_all_is_well_beside_an_endpoint_and_nothing_is_sent_but_an_empty_request(
    receiver: Receiver, tmp_path: Path
) -> None:
    code, findings, said = fresh_doctor("--endpoint", receiver.url, cwd=tmp_path)
    assert (code, said) == (0, "")
    assert {name for name, each in findings.items() if each["state"] == "good"} >= {
        "python", "sdk", "opentelemetry", "seam", "traces", "logs", "metrics", "redaction", "endpoint",
        "clock",
    }  # fmt: skip
    assert [(path, body) for path, body, _ in receiver.bodies] == [("/v1/traces", b"")]


def test_it_runs_without_any_part_of_the_server(receiver: Receiver, tmp_path: Path) -> None:
    hidden = ("typer", "rich", "chdb", "fastapi", "starlette", "uvicorn", "grpc")
    code, _, said = doctor("--endpoint", receiver.url, cwd=tmp_path, before=WITHOUT.format(hidden=hidden))
    assert code == 0, said


def test_without_the_sdk_it_says_what_to_install(receiver: Receiver, tmp_path: Path) -> None:
    before = WITHOUT.format(hidden=("anthropic",))
    code, findings, _ = fresh_doctor("--endpoint", receiver.url, cwd=tmp_path, before=before)
    assert code == 1
    assert (findings["sdk"]["state"], findings["recording"]["state"]) == ("bad", "neutral")
    assert "pip install" in findings["sdk"]["remedy"]["en"]
    assert [name for name, each in findings.items() if each["state"] == "bad"] == ["sdk"], "nothing else is"


def test_an_application_that_is_imported_shows_its_providers_and_that_it_records(
    receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(
        f"""
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
import kansoku
trace.set_tracer_provider(TracerProvider())
kansoku.init("shop", endpoint={receiver.url!r})
"""
    )
    code, findings, said = doctor("--app", "shop", "--endpoint", receiver.url, cwd=tmp_path)
    assert code == 0, said
    assert findings["providers"]["seen"]["en"] == "TracerProvider"
    assert findings["recording"]["state"] == "good"
    assert b"kansoku_doctor" not in b"".join(body for _, body, _ in receiver.bodies), "its calls stay inside"
    code, findings, _ = doctor("--app", "no_such_module", cwd=tmp_path)
    assert (code, findings["application"]["state"]) == (1, "bad")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def shop(folder: Path, *lines: str) -> None:
    """An application of these lines, in a module of its own."""
    (folder / "shop.py").write_text("\n".join(("import kansoku", *lines)))


def test_the_address_and_the_key_that_the_application_tells_are_used(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.key = "Bearer right"
    port = free_port()
    shop(
        tmp_path,
        f"kansoku.init('shop', endpoint={receiver.url!r}, headers={{'Authorization': 'Bearer right'}},",
        f"    prometheus_port={port})",
        "app = object()",
    )
    code, findings, said = doctor("--app", "shop:app", cwd=tmp_path, KANSOKU_ENDPOINT="http://127.0.0.1:9")
    assert code == 0, (said, findings)
    assert receiver.url in findings["endpoint"]["seen"]["en"]
    assert (findings["prometheus"]["state"], f":{port}" in str(findings["prometheus"])) == ("good", True)


def test_an_application_that_ends_the_process_is_told_and_the_rest_is_looked_at(
    receiver: Receiver, tmp_path: Path
) -> None:
    shop(tmp_path, "import sys", "sys.exit('usage: shop')")
    code, findings, _ = doctor("--app", "shop", "--endpoint", receiver.url, cwd=tmp_path)
    assert (code, findings["application"]["state"]) == (1, "bad")
    assert (findings["endpoint"]["state"], findings["recording"]["state"]) == ("good", "neutral")


def test_what_the_application_prints_then_and_later_stays_out_of_the_report(
    receiver: Receiver, tmp_path: Path
) -> None:
    shop(
        tmp_path,
        "import atexit, logging, os, sys",
        "print('said at import', sys.argv)",
        "os.write(1, b'said by a library')",
        "logging.basicConfig(stream=sys.stdout, level=logging.DEBUG)",
        "atexit.register(print, 'said at the end')",
        f"kansoku.init('shop', endpoint={receiver.url!r})",
    )
    code, _, said = doctor("--app", "shop", cwd=tmp_path)
    assert code == 0
    assert all(each in said for each in ("said at import ['shop']", "said by a library", "said at the end"))


def test_what_only_the_applications_providers_send_needs_no_endpoint(tmp_path: Path) -> None:
    shop(
        tmp_path,
        "from opentelemetry import metrics, trace, _logs",
        "from opentelemetry.sdk._logs import LoggerProvider",
        "from opentelemetry.sdk.metrics import MeterProvider",
        "from opentelemetry.sdk.trace import TracerProvider",
        "trace.set_tracer_provider(TracerProvider())",
        "metrics.set_meter_provider(MeterProvider())",
        "_logs.set_logger_provider(LoggerProvider())",
        "kansoku.init('shop')",
    )
    code, findings, said = doctor("--app", "shop", cwd=tmp_path)
    assert code == 0, said
    assert findings["endpoint"]["state"] == "neutral"


def test_a_redactor_that_lets_pass_is_found_out(receiver: Receiver, tmp_path: Path) -> None:
    before = """
import kansoku.redact.redactor as module
module.Redactor.text = lambda self, text: text
"""
    code, findings, _ = doctor("--endpoint", receiver.url, cwd=tmp_path, before=before)
    assert (code, findings["redaction"]["state"]) == (1, "bad")


def test_a_span_that_doubles_is_found_out(receiver: Receiver, tmp_path: Path) -> None:
    before = """
from kansoku.emit.outlet import Kept
once = Kept.spans
Kept.spans = lambda self, who, batch: once(self, who, batch) and once(self, who, batch)
"""
    code, findings, _ = doctor("--endpoint", receiver.url, cwd=tmp_path, before=before)
    assert (code, findings["traces"]["state"], findings["logs"]["state"]) == (1, "bad", "good")


@pytest.mark.parametrize("words", [("--foo",), ("--prometheus-port", "99999999")])
def test_wrong_arguments_end_as_those_of_every_command(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "doctor", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == USAGE
    assert "unrecognized" in done.stderr or "give one from 1 to 65535" in done.stderr


def test_a_limit_that_the_sdk_breaks_on_while_it_is_imported_is_a_finding(
    tmp_path: Path, receiver: Receiver
) -> None:
    code, found, _ = fresh_doctor(
        "--endpoint", receiver.url, cwd=tmp_path, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT="many"
    )
    assert code == 1
    assert "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: 'many'" in str(found["environment"])


def test_an_endpoint_that_is_no_url_is_said_once_with_where_to_mend_it(tmp_path: Path) -> None:
    code, found, _ = doctor("--endpoint", "nonsense", cwd=tmp_path)
    assert code == 1
    assert "endpoint:" not in str(found["endpoint"])
    assert "--endpoint" in str(found["endpoint"])


def test_it_speaks_japanese_and_is_listed_in_the_help(tmp_path: Path) -> None:
    def run(*words: str, **env: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", COMMAND, *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=90,
            check=False,
            env=environment(**env),
        ).stdout

    asked = forked(COMMAND, "doctor", "--lang", "ja", cwd=tmp_path, timeout_s=90).stdout
    for told in (asked, run("doctor", LANG="ja_JP.UTF-8", LC_ALL="ja_JP.UTF-8")):
        assert "自己診断: トレース" in told
    assert "doctor" in run("--help")
    assert "--prometheus-port" in run("doctor", "--help")
