"""The `kansoku` command. Arguments enter; what people read leaves on stdout, problems on stderr.

Each command is a module with a `register(app)`; it may import everything below it, and imports what
is slow to load inside the command, so that `kansoku --help` stays quick.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

SETUP_HINT = (
    'the server half is not installed: run pip install "kansoku[server]" '
    "(kansoku doctor and kansoku redact work without)"
)
USAGE = 64
"""Exit code for wrong arguments (EX_USAGE): 2 means DOWN here, so the usual 2 cannot be used."""


WITHOUT_SERVER = ("doctor", "redact")
"""Commands that need no part of the server half."""


def main() -> None:
    """Run the command line and exit with the command's code."""
    if sys.argv[1:2] and sys.argv[1] in WITHOUT_SERVER:
        sys.exit(application_command(sys.argv[1], sys.argv[2:]))
    if find_spec("typer") is None:
        sys.exit(SETUP_HINT)
    from kansoku.cli.app import run

    sys.exit(run(sys.argv[1:]))


def application_command(name: str, arguments: Sequence[str]) -> int:
    """Run a command of the application's half, which is loaded here alone."""
    if name == "doctor":
        from kansoku.doctor.command import run
    else:
        from kansoku.cli.redact import run

    try:
        return run(arguments)
    except SystemExit as ended:  # argparse ends with 2 where arguments are wrong
        return USAGE if ended.code else 0
