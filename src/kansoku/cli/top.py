"""`kansoku top`: whether it works, what it costs and what fires, as it changes."""

import os
import select
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated

import typer

from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language
from kansoku.catalog.windows import DEFAULT_WINDOW, window_seconds
from kansoku.cli.server import UNREACHABLE, Server, ServerProblem
from kansoku.cli.status import EXIT_CODES
from kansoku.cli.upkeep import Lang, Url, spoken
from kansoku.errors import SettingError

if TYPE_CHECKING:
    from rich.console import Console

    from kansoku.cli.top_view import Seen

_RATE_WINDOW = "15m"
_TICK_S = 1.0
_KEYS = 64

Look = Callable[[], "Seen"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="top", help=top.__doc__)(top)


def top(
    url: Url = URL,
    *,
    window: Annotated[str, typer.Option(help="15m, 1h, 6h, 24h, 7d or 30d.")] = DEFAULT_WINDOW,
    feature: Annotated[str, typer.Option(help="Only this feature; alerts and budgets are of all.")] = "",
    every: Annotated[float, typer.Option(min=1, max=600, help="Ask each so many seconds.")] = 5.0,
    once: Annotated[bool, typer.Option("--once", help="Print it once; so too where no terminal is.")] = False,
    lang: Lang = "",
) -> int:
    """Watch whether the AI feature works: verdict, indicators, cost, alerts, error budgets. q or Ctrl-C ends.

    Exit code: 0; printed once, as of status: 0 working, 1 degraded, 2 down, 3 no data, 4 no answer.
    """
    from rich.console import Console

    language = spoken(lang)
    try:
        window_seconds(window)
    except SettingError as error:
        raise typer.BadParameter(str(error).removeprefix("window: "), param_hint="--window") from None
    server = Server(url)
    look = lambda: _looked(server, window, feature)  # noqa: E731
    console = Console(highlight=False)
    if once or not sys.stdout.isatty() or console.is_dumb_terminal:
        return _printed(console, server, look(), language)
    _watched(console, server, look, every, language)
    return 0


def _looked(server: Server, window: str, feature: str) -> "Seen":
    """What the server answers now; only the status must be there.

    Raises:
        ServerProblem: If it is not.
    """
    from kansoku.cli.top_view import Seen

    given = {"window": window, **({"feature": feature} if feature else {})}
    status = server.get("api/status", **given)
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "api_health": ("api/panels/api_health", given | {"window": _RATE_WINDOW}),
        "cost": ("api/panels/cost", given),
        "users": ("api/panels/users", given),
        "alerts": ("api/alerts", {}),
        "slos": ("api/slos", {}),
    }
    parts: dict[str, dict[str, object] | str] = {}
    for name, (path, parameters) in asked.items():
        try:
            parts[name] = server.get(path, **parameters)
        except ServerProblem as problem:
            parts[name] = str(problem)
    return Seen(time.time(), status, parts)


def _printed(console: "Console", server: Server, seen: "Seen", language: Language) -> int:
    from kansoku.cli.top_view import drawn

    code = EXIT_CODES.get(str(seen.status.get("state")))
    if code is None:
        raise ServerProblem(f"the server at {server.url} told no state that is known", UNREACHABLE)
    with server.understood(), console.capture() as shown:
        console.print(drawn(seen, language, console.width))
    typer.echo("\n".join(line.rstrip() for line in shown.get().splitlines()))
    return code


class Feed:
    """Looks again and again in a thread of its own, so that a slow server does not hold up the keys.

    Attributes:
        seen: What was seen last.
        problem: Why the newest look gave nothing; empty if it gave something.
    """

    def __init__(self, look: Look, every: float, first: "Seen") -> None:
        self.seen, self.problem = first, ""
        self._look, self._every, self._over = look, every, Event()
        Thread(target=self._run, daemon=True).start()

    def end(self) -> None:
        """Look no more."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            try:
                self.seen, self.problem = self._look(), ""
            except ServerProblem as problem:
                self.problem = str(problem)


def _watched(console: "Console", server: Server, look: Look, every: float, language: Language) -> None:
    """Shows what is seen until a key or Ctrl-C ends it."""
    from rich.live import Live

    from kansoku.cli.top_view import drawn

    feed = Feed(look, every, look())
    try:
        with _keys() as pressed, Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                with server.understood():
                    picture = drawn(feed.seen, language, console.width, every, feed.problem)
                live.update(picture, refresh=True)
                if "q" in pressed(_TICK_S).lower():
                    return
    except KeyboardInterrupt:
        return
    finally:
        feed.end()


@contextmanager
def _keys() -> Generator[Callable[[float], str]]:
    """What waits at most so many seconds for keys, and gives them; only Ctrl-C where there are none."""
    if find_spec("termios") is None or not sys.stdin.isatty():
        yield _no_keys
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        yield lambda seconds: _pressed(terminal, seconds)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _no_keys(seconds: float) -> str:
    time.sleep(seconds)
    return ""


def _pressed(terminal: int, seconds: float) -> str:
    """The keys; a terminal that is gone is as `q`."""
    ready, _, _ = select.select([terminal], [], [], seconds)
    return (os.read(terminal, _KEYS).decode(errors="replace") or "q") if ready else ""
