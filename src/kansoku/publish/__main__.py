"""Writes the generated files, or with `--check` says which are out of date: `python -m kansoku.publish`."""

import sys
from pathlib import Path

from kansoku.publish.reference import pages


def main(words: list[str], root: Path) -> int:
    """Writes or checks below the root; 1 if a checked file differs."""
    stale = 0
    for name, text in pages().items():
        path = root / "docs" / "reference" / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in words:
            sys.stderr.write(f"{path.relative_to(root)} is out of date: run ./dev generate\n")
            stale = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
