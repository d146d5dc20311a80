"""How an index lies on the disk.

Files never change once they are written: a save writes new ones under new names, and then puts the
manifest that names them in place of the old one, at once. So a reader sees the old index or the
new one, a crash leaves the old one, and open files stay what they are. The files of the index
before are kept until the next save, for readers that have not opened them yet.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from pilothouse.search.errors import IndexUnusable
from pilothouse.search.index import manifest as manifests
from pilothouse.search.index.manifest import File, Manifest

PREVIOUS: Final = "manifest.prev.json"
_LOCK: Final = ".lock"
_CHANGING: Final = ".lock.changing"
_OURS: Final = re.compile(r"(?:vectors|keys|chunks|graph|words)-[0-9a-f]{12}(?:\.[a-z0-9]+)?")
_BLOCK: Final = 1 << 20
Writers = Mapping[str, tuple[str, Callable[[Path], None]]]
"""By role: how its name ends (`.f32`; "" for a folder), and what writes it there."""


def save(
    folder: Path, writers: Writers, described: Callable[[dict[str, File], str], Manifest]
) -> Manifest:
    """Writes all files, then the manifest of them. Raises IndexUnusable for a foreign folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / manifests.NAME).exists():
        foreign = sorted(one.name for one in folder.iterdir() if not _is_ours(one.name))
        if foreign:
            raise IndexUnusable(f"{folder} holds other things ({foreign[0]}): give an empty folder")
    with _alone(folder):
        version = secrets.token_hex(6)
        files: dict[str, File] = {}
        try:
            for role, (ending, write) in writers.items():
                path = folder / f"{role}-{version}{ending}"
                write(path)
                inner = sorted(path.iterdir()) if path.is_dir() else [path]
                for one in inner:
                    name = role if one == path else f"{role}/{one.name}"
                    files[name] = _noted(one, folder)
            made = described(files, version)
            _put(folder, made)
        except BaseException:
            _remove(folder, lambda name: version in name)
            raise
        kept = _named(folder, manifests.NAME) | _named(folder, PREVIOUS)
        _remove(folder, lambda name: name not in kept)
    return made


def check(folder: Path, manifest: Manifest, *, whole: bool) -> None:
    """Raises IndexUnusable where a file is missing or of another size; `whole`: or digest."""
    for file in manifest.files.values():
        path = folder / file.path
        try:
            size = path.stat().st_size
            same = size == file.bytes and (not whole or _digest(path) == file.sha256)
        except FileNotFoundError:
            raise IndexUnusable(f"{path} is missing: build the index anew") from None
        if not same:
            raise IndexUnusable(f"{path} is damaged: build the index anew")


def _put(folder: Path, manifest: Manifest) -> None:
    """Makes the manifest the folder's, at once, with all that it names on the disk."""
    fresh = folder / f".{manifests.NAME}.{manifest.version}"
    manifests.write(manifest, fresh)
    _sync(fresh)
    _sync(folder)
    current = folder / manifests.NAME
    if current.exists():
        kept = folder / f".{PREVIOUS}.{manifest.version}"
        shutil.copyfile(current, kept)
        kept.replace(folder / PREVIOUS)
    fresh.replace(current)
    _sync(folder)


def _noted(path: Path, folder: Path) -> File:
    _sync(path)
    return File(
        path=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=_digest(path)
    )


def _named(folder: Path, manifest: str) -> set[str]:
    """The names that a manifest needs."""
    path = folder / manifest
    if not path.exists():
        return set()
    return set(_OURS.findall(path.read_text("utf-8", "replace")))


def _remove(folder: Path, chosen: Callable[[str], bool]) -> None:
    for path in folder.iterdir():
        if not path.name.startswith(_LOCK) and _is_ours(path.name) and chosen(path.name):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _is_ours(name: str) -> bool:
    return name.startswith((_LOCK, ".manifest")) or _OURS.fullmatch(name) is not None


def _digest(path: Path) -> str:
    found = sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Whoever loads an index, changes it and saves it again: one at a time, so no change is lost.

    Raises IndexUnusable for a folder that is none.
    """
    if not folder.is_dir():
        raise IndexUnusable(f"{folder} is no index: there is no such folder")
    with _alone(folder, _CHANGING):
        yield


@contextmanager
def _alone(folder: Path, name: str = _LOCK) -> Iterator[None]:
    """One writer at a time, among all processes of the machine."""
    import fcntl

    with (folder / name).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
