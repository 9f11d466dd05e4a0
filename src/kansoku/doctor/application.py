"""The application, imported so that what it sets up is there to be looked at."""

import importlib
import os
import sys
from typing import TextIO

from kansoku.catalog.text import Text
from kansoku.doctor.finding import Finding, same
from kansoku.errors import SettingError

_TITLE = Text("application", "アプリ")
_ELSEWHERE = Text(
    "run it where the application starts, and name its module as Python does: shop.main, or shop.main:app",
    "アプリの起動場所で実行し、Python のモジュール名で指定してください（例: shop.main、shop.main:app）",
)
_MEND = Text(
    "it fails in the application's own code: give it the environment that it starts with, or mend that",
    "アプリ自身のコードで失敗しています。起動時と同じ環境変数を与えるか、修正してください",
)
_NOT_AT_IMPORT = Text(
    "give it the environment that it starts with; what runs it belongs under `if __name__ == '__main__':`",
    "起動時と同じ環境変数を与えてください。実行部は `if __name__ == '__main__':` の下に置きます",
)


def report_apart() -> TextIO:
    """Standard output, from now on for the report alone.

    Whatever else writes there goes to standard error instead, to the end of the process: the application,
    its threads, its child processes, and what it registered to run at the end.
    """
    try:
        out, err = sys.stdout.fileno(), sys.stderr.fileno()
    except (OSError, ValueError):  # no files, but what stands for them within a program
        report, sys.stdout = sys.stdout, sys.stderr
        return report
    sys.stdout.flush()
    report = os.fdopen(os.dup(out), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
    os.dup2(err, out)
    return report


def imported(name: str) -> Finding:
    """The application, named as servers take it: its module, and after a colon what is in there.

    It sees no arguments of the command line. `KeyboardInterrupt` passes.
    """
    module, _, inside = name.partition(":")
    if not all(part.isidentifier() for part in module.split(".")):
        return _bad(
            Text(f"{module!r} is no module's name", f"{module!r} はモジュール名ではありません"), _ELSEWHERE
        )
    sys.path.insert(0, "")
    arguments, sys.argv = sys.argv, [module]
    try:
        found: object = importlib.import_module(module)
    except KeyboardInterrupt:
        raise
    except SystemExit as exit_:
        told = f"sys.exit({exit_.code!r})"
        seen = Text(
            f"{module} ends the process while it is imported: {told}",
            f"{module} は読み込み中にプロセスを終了します: {told}",
        )
        return _bad(seen, _NOT_AT_IMPORT)
    except BaseException as error:
        seen = Text(f"{module} cannot be imported: {error!r}", f"{module} を読み込めません: {error!r}")
        return _bad(seen, _remedy(error, module))
    finally:
        sys.argv = arguments
    for attribute in filter(None, inside.partition("(")[0].split(".")):
        if not hasattr(found, attribute):
            return _bad(Text(f"{module} has no {inside}", f"{module} に {inside} はありません"), _ELSEWHERE)
        found = getattr(found, attribute)
    return Finding("application", _TITLE, "good", Text(f"{name} imported", f"{name} を読み込みました"))


def _bad(seen: Text, remedy: Text) -> Finding:
    """It cannot be looked at."""
    return Finding("application", _TITLE, "bad", seen, remedy)


def _remedy(error: BaseException, module: str) -> Text:
    """By whether the module was not found, or the application failed; errors of settings say the mend."""
    if isinstance(error, SettingError):
        return same(str(error))
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return _ELSEWHERE if missing and f"{module}.".startswith(f"{missing}.") else _MEND
