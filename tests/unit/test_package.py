"""What `import kansoku` gives, and what each half of the project loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kansoku


def loaded_by(code: str) -> set[str]:
    """The modules that a process has loaded after running the code."""
    told = [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"]
    return {*subprocess.run(told, capture_output=True, text=True, check=True).stdout.split()}


def test_every_name_of_kansoku_is_there_and_none_loads_server_or_sdk() -> None:
    loaded = loaded_by("import kansoku; [getattr(kansoku, name) for name in kansoku.__all__]")
    assert {"kansoku.instrument.setup", "kansoku.redact.redactor"} <= loaded
    heavy = {"chdb", "fastapi", "starlette", "uvicorn", "grpc", "typer", "rich", "pydantic", "anthropic"}
    heavy |= {"opentelemetry", "genai_prices", "prometheus_client"}
    assert heavy.isdisjoint(name.partition(".")[0] for name in loaded)


def test_a_name_that_kansoku_has_not_is_told_and_one_that_was_asked_for_is_kept() -> None:
    assert {*kansoku.__all__} <= {*dir(kansoku)}
    assert kansoku.task is vars(kansoku)["task"]
    with pytest.raises(AttributeError, match="'kansoku' has no attribute 'tasks'"):
        getattr(kansoku, "tasks")  # noqa: B009  (a type checker knows that it is not there)


def test_the_server_loads_nothing_of_the_application_nor_what_only_a_cluster_needs() -> None:
    loaded = loaded_by("import kansoku.server.running, kansoku.store.process")
    parts = {".".join(name.split(".")[:2]) for name in loaded}
    assert {"kansoku.server", "kansoku.store"} <= parts
    assert {"kansoku.instrument", "kansoku.emit", "kansoku.redact", "clickhouse_connect"}.isdisjoint(parts)


def test_what_runs_while_the_interpreter_ends_finds_every_name_of_the_application() -> None:
    code = """
import builtins, kansoku

class Last:
    def __del__(self):
        with kansoku.task("last"):
            print("inside of", kansoku.current_task())

kansoku.init
builtins.last = Last()
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (told.stdout, told.stderr) == ("inside of None\n", "")  # nothing is kept before `init`


def test_without_the_sdk_tasks_are_recorded_and_nothing_is_a_fault() -> None:
    code = """
import logging, sys

class Hides:
    def find_spec(self, name, *_):
        if name.partition(".")[0] == "anthropic":
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Hides())
import kansoku
from kansoku.catalog.instruments import INSTRUMENTED, INTERNAL_ERRORS, TASKS
from kansoku.instrument.session import active

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s")
kansoku.init("app", endpoint="http://127.0.0.1:9")
with kansoku.task("answer"):
    pass
active().pipeline.refresh()
cells = active().cells
print([dict(cells.of(each)) for each in (INSTRUMENTED, INTERNAL_ERRORS)], sum(dict(cells.of(TASKS)).values()))
kansoku.shutdown(0.1)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "INFO the anthropic package is not installed, so none of its calls is recorded\n" in told.stdout
    assert "[{(): 1.0}, {}] 1.0\n" in told.stdout
    assert "Traceback" not in told.stdout + told.stderr
