"""`kansoku store backup` and `restore`: a second copy of everything, and the way back."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, cast

import typer

from kansoku.catalog.settings import CONFIG_FILE, CONFIG_VARIABLE, URL
from kansoku.catalog.text import Text
from kansoku.cli.server import REFUSED, UNREACHABLE, ServerProblem
from kansoku.cli.upkeep import AsJson, DataDir, Keeper, Lang, Url, as_json_text, said, size, spoken, tell
from kansoku.errors import SettingError, StoreUnavailable

_BACKED_UP = Text(
    "Backed up to {0}: {1} rows, {2} segments not stored yet, {3} in {4} files, checksums written.",
    "{0} にバックアップしました: {1} 行、未保存セグメント {2} 個、{3}、ファイル {4} 個(チェックサム付き)。",
)
_RESTORED = Text(
    "Restored into {0}: {1} rows as of {2} UTC, counted and whole, schema version {3}.",
    "{0} に復元しました: {2} UTC 時点の {1} 行(件数と整合性を確認済み)、スキーマ版 {3}。",
)
_NEXT = Text("Start it: kansoku up --data-dir {0}", "起動: kansoku up --data-dir {0}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="backup", help=backup.__doc__)(backup)
    app.command(name="restore", help=restore.__doc__)(restore)


def backup(
    to: Annotated[Path, typer.Argument(metavar="DEST", help="A new folder, or an empty one.")],
    url: Url = URL,
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Copy everything, stored or waiting, into a folder, while the server goes on; with checksums.

    Run it on the server's own machine, as a user who may read its data directory.
    """
    from kansoku.store.upkeep.backup import new_folder, write

    language = spoken(lang)
    keeper = Keeper(url, data_dir)
    try:
        new_folder(to, "DEST")
        made_at = int(time.time())
        snapshot = keeper.run("snapshot", {}, tell)
        path = Path(str(snapshot["path"]))
        rows = cast("Mapping[str, int]", snapshot["rows"])
        try:
            manifest = write(
                _readable(path),
                to,
                made_at=made_at,
                rows=rows,
                versions={
                    "kansoku": version("kansoku"),
                    "database": str(snapshot["database_version"]),
                    "schema": str(snapshot["schema_version"]),
                },
                settings=Path(os.environ.get(CONFIG_VARIABLE) or CONFIG_FILE),
                told=tell,
            )
        finally:
            keeper.run("release", {"name": snapshot["name"]}, tell)
    except (SettingError, OSError) as error:
        raise ServerProblem(str(error), REFUSED) from None
    answer = {
        "to": str(to),
        "rows": dict(rows),
        "segments": snapshot["segments"],
        "bytes": manifest.bytes,
        "files": len(manifest.files),
    }
    words = (str(to), f"{sum(rows.values()):,}", str(snapshot["segments"]), size(manifest.bytes))
    typer.echo(
        as_json_text(answer) if as_json else said(_BACKED_UP, language, *words, f"{len(manifest.files):,}")
    )
    return 0


def _readable(snapshot: Path) -> Path:
    """The snapshot's folder.

    Raises:
        SettingError: If it is not there: the server runs on another machine, or as another user.
    """
    if not os.access(snapshot, os.R_OK | os.X_OK):
        raise SettingError(
            f"{snapshot} cannot be read: run this on the server's own machine, as a user who may read"
            " its data directory"
        )
    return snapshot


def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="The folder that a backup was made in.")],
    data_dir: Annotated[Path, typer.Option(help="A new data directory, or an empty one.")],
    *,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Put a backup into an empty data directory: checked, counted, and led to today's schema."""
    from kansoku.store.upkeep.backup import new_folder, place, read
    from kansoku.store.upkeep.restored import opened

    language = spoken(lang)
    try:
        manifest = read(source)
        new_folder(data_dir, "--data-dir")
        layout = place(source, manifest, data_dir.absolute(), tell)
        schema = opened(layout, manifest.rows, tell)
    except (SettingError, OSError) as error:
        raise ServerProblem(str(error), REFUSED) from None
    except StoreUnavailable as error:
        raise ServerProblem(f"{data_dir} was filled and must not be used: {error}", UNREACHABLE) from None
    answer = {"data_dir": str(data_dir), "rows": dict(manifest.rows), "schema_version": schema}
    when = datetime.fromtimestamp(manifest.made_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    rows = f"{sum(manifest.rows.values()):,}"
    told = (
        said(_RESTORED, language, str(data_dir), rows, when, str(schema)),
        said(_NEXT, language, str(data_dir)),
    )
    typer.echo(as_json_text(answer) if as_json else "\n".join(told))
    return 0
