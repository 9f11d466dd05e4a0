"""What chDB is loaded without."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from kansoku.store.library import hidden

_LOADED = """
import sys
import kansoku.store.engine
print(*({"chdb", "pyarrow", "numpy", "pandas"} & set(sys.modules)))
import pyarrow
"""


def test_a_store_loads_chdb_alone_and_what_it_hid_can_still_be_imported() -> None:
    done = subprocess.run((sys.executable, "-c", _LOADED), capture_output=True, text=True, check=True)

    assert done.stdout == "chdb\n"


def test_a_module_is_hidden_for_so_long_only() -> None:
    sys.modules.pop("this", None)

    with hidden("this"), pytest.raises(ImportError):
        importlib.import_module("this")

    assert "this" not in sys.modules


def test_a_module_that_is_loaded_already_stays() -> None:
    with hidden("json"):
        loaded = importlib.import_module("json")

    assert sys.modules["json"] is loaded
