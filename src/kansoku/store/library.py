"""chDB, loaded without pyarrow and what that loads.

chDB loads pyarrow, and with it numpy, wherever it finds them, for answers as Arrow tables, which are
never asked for here. Without them an import of chDB takes half the processor's time (0.24 s where it took
0.44 s), and a store process 37 MB less memory.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def hidden(module: str) -> Generator[None]:
    """For so long an import of the module fails as if it were not installed, unless it is loaded already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # pyright: ignore[reportArgumentType]  how the language says "there is none"
    try:
        yield
    finally:
        del sys.modules[module]


with hidden("pyarrow"):
    from chdb import ChdbError, create_function, drop_function
    from chdb.sqltypes import STRING
    from chdb.state.sqlitelike import Connection

__all__ = ["STRING", "ChdbError", "Connection", "create_function", "drop_function"]
