"""The built page: its `index.html` for every path of its own, and its files under `/assets`."""

import gzip
from functools import lru_cache
from html import escape
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from kansoku.catalog.filters import FILTERS
from kansoku.catalog.panels import GROUPS
from kansoku.catalog.windows import DEFAULT_WINDOW
from kansoku.show.refusals import RequestRefused

BUILT = Path(__file__).parent / "static"
"""Where the package's build hook puts the page."""

_SHARED = ("from", "to", "compare", *(one.name for one in FILTERS))
_RESERVED = ("api", "v1", "assets")
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
_FILES = 64
_NOT_BUILT = (
    "Kansoku runs, but its page was not built into this installation.\n"
    "In a checkout, run `./dev up` (or `pip install -e .` again): the build fetches Node from PyPI.\n"
    "Meanwhile `kansoku status` and the JSON API under /api work.\n"
)


def page_routes(static: Path = BUILT, base_path: str = "/") -> APIRouter:
    """The page's routes; they take every path that is left, so they come last.

    Args:
        static: The folder with the built `index.html` and `assets`.
        base_path: Where a proxy shows the server, when it is not at the root of a host.
    """
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/assets/{name:path}", methods=["GET", "HEAD"])
    def asset(name: str, request: Request) -> Response:
        found = _within(static / "assets", name)
        if found is None:
            raise RequestRefused(f"there is no file assets/{name}", status=404)
        if not _takes_gzip(request.headers.get("accept-encoding", "")):
            return FileResponse(found, headers=_FOREVER)
        body = _gzipped(found, found.stat().st_mtime_ns)
        headers = _FOREVER | {"Content-Encoding": "gzip"}
        return Response(body, media_type=guess_type(found.name)[0], headers=headers)

    @routes.api_route("/{path:path}", methods=["GET", "HEAD"])
    def index(path: str, request: Request) -> Response:
        if path.partition("/")[0] in _RESERVED:
            raise RequestRefused(f"there is nothing at /{path}", status=404)
        built = static / "index.html"
        if not built.is_file():
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        root = str(request.scope.get("root_path", "")) or base_path
        headers = {"Cache-Control": "no-cache"}
        head = _base(root) + _first_questions(path, request.query_params)
        html = built.read_text("utf-8").replace("<head>", f"<head>{head}", 1)
        return HTMLResponse(html, headers=headers)

    return routes


@lru_cache(_FILES)
def _gzipped(file: Path, _changed_ns: int) -> bytes:
    """The file, a third as large; done once, as the page has a dozen of them."""
    return gzip.compress(file.read_bytes(), mtime=0)


def _takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` names gzip, and does not refuse it (RFC 9110, 12.5.3)."""
    for one in accepted.lower().split(","):
        name, *parameters = one.replace(" ", "").split(";")
        if name == "gzip":
            return not any(each.startswith("q=") and not each[2:].strip("0.") for each in parameters)
    return False


def _within(folder: Path, name: str) -> Path | None:
    """The file of that name, if it lies in the folder and nowhere else."""
    try:
        found = (folder / name).resolve()
        return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def _base(root: str) -> str:
    """The document's base, so that its relative addresses hold at any depth of path."""
    return f'\n    <base href="{escape(root.rstrip("/"))}/">'


def _first_questions(path: str, given: QueryParams) -> str:
    """What the view at the path asks first, for the browser to ask while it still loads the scripts.

    The addresses must be the very ones that the page makes (`search` in page/src/api.ts), or it asks twice.
    """
    window = next(filter(None, given.getlist("window")[:1]), DEFAULT_WINDOW)
    named = [("window", window), *((name, value) for name in _SHARED for value in given.getlist(name)[:1])]
    asked = urlencode([pair for pair in named if pair[1]], safe="*").replace("~", "%7E")
    in_sight = () if path else (f"api/panels/{GROUPS[0].id}?{asked}",)
    return "".join(
        f'\n    <link rel="preload" as="fetch" crossorigin href="{escape(address)}">'
        for address in ("api/catalog", f"api/status?{asked}", *in_sight)
    )
