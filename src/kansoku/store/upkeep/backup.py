"""A backup: a snapshot's files in a folder of their own, with a manifest of their checksums written last.

    DEST/manifest.json     what is in it: every file with its size and SHA-256, rows by table, versions
    DEST/data/store/…      the database
    DEST/data/spool/…      what was acknowledged and not yet stored, and what is set aside
    DEST/kansoku.toml      the settings, where there were any

A backup without its manifest is one that was cut short, and is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from kansoku.errors import SettingError
from kansoku.store.segments import Layout, flush_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_DATA: Final = "data"
_SETTINGS: Final = "kansoku.toml"
_PART_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        made_at: When its snapshot was taken, unix seconds.
        rows: Rows by table.
        versions: Of Kansoku, of the database and of its schema.
        files: Size and SHA-256 by path below the backup's folder.
        links: Where symbolic links of the data lead, by path.
    """

    made_at: int
    rows: Mapping[str, int]
    versions: Mapping[str, str]
    files: Mapping[str, tuple[int, str]]
    links: Mapping[str, str]

    @property
    def bytes(self) -> int:
        """What its files take."""
        return sum(size for size, _ in self.files.values())


def new_folder(path: Path, option: str) -> None:
    """Makes the folder, or takes it where it is empty.

    Raises:
        SettingError: If there is something in it, or it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        empty = not any(path.iterdir())
    except OSError as error:
        raise SettingError(f"{option} {path}: cannot be used ({error.strerror or error})") from None
    if not empty:
        raise SettingError(f"{option} {path}: is not empty; name a folder that is, or a new one")


def write(
    snapshot: Path,
    to: Path,
    *,
    made_at: int,
    rows: Mapping[str, int],
    versions: Mapping[str, str],
    settings: Path | None,
    told: Callable[[str], None],
) -> Manifest:
    """Copies a snapshot into the empty folder `to`, each file on the disk before the manifest is.

    Raises:
        OSError: If a file cannot be read or written.
    """
    files: dict[str, tuple[int, str]] = {}
    sources = {f"{_DATA}/{path.relative_to(snapshot)}": path for path in _files(snapshot)}
    if settings is not None and settings.is_file():
        sources[_SETTINGS] = settings
    told(f"copying {len(sources):,} files to {to}")
    for name, source in sources.items():
        files[name] = _copied(source, to / name)
    for folder in (path for path in (to, *to.rglob("*")) if path.is_dir()):
        flush_folder(folder)
    links = {f"{_DATA}/{path.relative_to(snapshot)}": str(path.readlink()) for path in _links(snapshot)}
    manifest = Manifest(made_at, rows, versions, files, links)
    _write_manifest(to, manifest)
    return manifest


def read(source: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        SettingError: If it is none, was cut short, or is of another form.
    """
    try:
        told = cast("dict[str, object]", json.loads((source / MANIFEST).read_text(encoding="utf-8")))
        if told["format"] != FORMAT:
            raise SettingError(
                f"{source}: is a backup of form {told['format']}, and this Kansoku reads form {FORMAT};"
                " restore it with the Kansoku that made it"
            )
        files = cast("dict[str, list[object]]", told["files"])
        return Manifest(
            made_at=int(cast("int", told["made_at"])),
            rows=cast("dict[str, int]", told["rows"]),
            versions=cast("dict[str, str]", told["versions"]),
            links=cast("dict[str, str]", told["links"]),
            files={name: (int(cast("int", size)), str(digest)) for name, (size, digest) in files.items()},
        )
    except FileNotFoundError:
        raise SettingError(
            f"{source}: has no {MANIFEST}, so it is no backup, or one that was cut short"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(f"{source / MANIFEST}: cannot be read ({error!r})") from None


def place(source: Path, manifest: Manifest, to: Path, told: Callable[[str], None]) -> Layout:
    """Copies a backup's data into the empty folder `to`, each file checked against the manifest.

    Raises:
        SettingError: If a file is missing, or is not what it was; `to` is empty again.
        OSError: If a file cannot be read or written.
    """
    told(f"checking and copying {len(manifest.files):,} files to {to}")
    try:
        for name, expected in manifest.files.items():
            _place_one(source, Path(name), expected, to)
        for name, target in manifest.links.items():
            _place_link(source, Path(name), target, to)
    except FileNotFoundError as error:
        _empty(to)
        raise SettingError(f"{error.filename}: is missing, so the backup is not whole") from None
    except BaseException:
        _empty(to)
        raise
    layout = Layout(to)
    layout.create()
    for folder in (path for path in (to, *to.rglob("*")) if path.is_dir()):
        flush_folder(folder)
    return layout


def _place_one(source: Path, path: Path, expected: tuple[int, str], to: Path) -> None:
    """Copies one file of a backup, if it is of the data.

    Raises:
        SettingError: If it is not what it was, or lies elsewhere.
    """
    if path.is_absolute() or ".." in path.parts:
        raise SettingError(f"{source}: its manifest names {path}, which lies outside of it")
    if path.parts[0] == _DATA and _copied(source / path, to.joinpath(*path.parts[1:])) != expected:
        raise SettingError(f"{source / path}: is not what it was when the backup was made")


def _place_link(source: Path, path: Path, target: str, to: Path) -> None:
    """Makes one link of the data.

    Raises:
        SettingError: If it or what it leads to lies outside of the data.
    """
    place = to.joinpath(*path.parts[1:])
    for one in (place, place.parent / target):
        if not Path(os.path.abspath(one)).is_relative_to(os.path.abspath(to)):  # noqa: PTH100
            raise SettingError(f"{source}: its manifest names {path}, which lies outside of it")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _links(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_symlink())


def _copied(source: Path, target: Path) -> tuple[int, str]:
    """The size and SHA-256 of a file that was copied and is on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reader, target.open("xb") as writer:
        while part := reader.read(_PART_BYTES):
            digest.update(part)
            size += len(part)
            writer.write(part)
        writer.flush()
        os.fsync(writer.fileno())
    target.chmod(0o600)
    return size, digest.hexdigest()


def _write_manifest(to: Path, manifest: Manifest) -> None:
    told = {
        "format": FORMAT,
        "made_at": manifest.made_at,
        "rows": manifest.rows,
        "versions": manifest.versions,
        "files": manifest.files,
        "links": manifest.links,
    }
    draft = to / f"{MANIFEST}.part"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(to / MANIFEST)
    flush_folder(to)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
