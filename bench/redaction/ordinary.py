"""Ordinary text: the standard library's sources and the documents of the packages that are installed here.

Nothing personal is in it but the mail addresses that authors gave, which are no false hits. Folders of tests
are left out: they hold planted certificates, keys and addresses.
"""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = frozenset({"test", "tests", "testing", "idle_test", "site-packages", "__pycache__", "_bundled"})
DOCUMENTS = frozenset({".rst", ".md", ".txt"})
LARGEST = 2_000_000
AUTHOR = re.compile(
    r"[\w.+%-]+(?:@| at |\[at\]| \(at\) |&#64;|%40)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,14}", re.IGNORECASE
)
"""An address that is one beyond doubt; written apart from the detector's own pattern."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text."""

    name: str
    text: str


def roots() -> dict[str, Path]:
    """What is read, by what it is."""
    paths = sysconfig.get_paths()
    return {"code": Path(paths["stdlib"]), "documents": Path(paths["purelib"])}


def sources(kind: str) -> Iterator[Source]:
    """The files of a kind, in order of their names."""
    root = roots()[kind]
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if not _is_wanted(inside, kind) or not path.is_file() or path.stat().st_size > LARGEST:
            continue
        yield Source(str(inside), path.read_text(encoding="utf-8", errors="replace"))


def _is_wanted(path: Path, kind: str) -> bool:
    """Whether a file is of the kind, and in no folder of tests."""
    if not TESTS.isdisjoint(path.parts):
        return False
    if kind == "code":
        return path.suffix == ".py"
    return path.suffix in DOCUMENTS or path.name == "METADATA"


def is_author(text: str) -> bool:
    """Whether what was found is a mail address beyond doubt."""
    return AUTHOR.fullmatch(text) is not None
