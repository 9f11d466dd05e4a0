"""The built page: its `index.html` for every path of its own, and its files under `/assets`."""

from html import escape
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from kansoku.show.refusals import RequestRefused

BUILT = Path(__file__).parent / "static"
"""Where the package's build hook puts the page."""

_RESERVED = ("api", "v1", "assets")
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
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
    def asset(name: str) -> Response:
        found = _within(static / "assets", name)
        if found is None:
            raise RequestRefused(f"there is no file assets/{name}", status=404)
        return FileResponse(found, headers=_FOREVER)

    @routes.api_route("/{path:path}", methods=["GET", "HEAD"])
    def index(path: str, request: Request) -> Response:
        if path.partition("/")[0] in _RESERVED:
            raise RequestRefused(f"there is nothing at /{path}", status=404)
        built = static / "index.html"
        if not built.is_file():
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        root = str(request.scope.get("root_path", "")) or base_path
        headers = {"Cache-Control": "no-cache"}
        return HTMLResponse(_with_base(built.read_text("utf-8"), root), headers=headers)

    return routes


def _within(folder: Path, name: str) -> Path | None:
    """The file of that name, if it lies in the folder and nowhere else."""
    try:
        found = (folder / name).resolve()
        return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def _with_base(html: str, root: str) -> str:
    """The document with its base, so that its relative addresses hold at any depth of path."""
    base = f'<base href="{escape(root.rstrip("/"))}/">'
    return html.replace("<head>", f"<head>\n    {base}", 1)
