"""Makes backups while the server runs, and brings one back while it does not."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pilothouse import __version__
from pilothouse.platform.backups.models import (
    FORMAT,
    MANIFEST,
    RECORDS,
    SPANS,
    Manifest,
    checked_name,
    new_name,
)
from pilothouse.platform.errors import Conflict
from pilothouse.platform.jobs.models import Job
from pilothouse.platform.jobs.service import JobContext, Jobs
from pilothouse.platform.records import Records
from pilothouse.platform.settings import Settings
from pilothouse.platform.store import backup
from pilothouse.platform.store.engine import Store

_PART: Final = ".part"


class BackupError(Exception):
    """A backup cannot be written or brought back; the message is one line."""


class Backups:
    """Backups below one directory."""

    def __init__(self, store: Store, records: Records, directory: Path, jobs: Jobs) -> None:
        self._store = store
        self._records = records
        self._directory = directory
        self._jobs = jobs
        jobs.register("backup", self._run)

    def every(self) -> list[tuple[str, Manifest]]:
        """Whole backups, newest first."""
        found = []
        for path in self._directory.glob(f"*/{MANIFEST}"):
            with contextlib.suppress(OSError, ValueError, TypeError):
                found.append((path.parent.name, Manifest.read(path.parent)))
        return sorted(found, key=lambda one: one[1].created_at, reverse=True)

    def start(self, name: str | None = None, created_by: str = "") -> Job:
        """The job that writes a backup. Raises BadRequest, Conflict."""
        name = self._free(name)
        return self._jobs.start(
            "backup", title=f"Backup {name}", arguments={"name": name}, created_by=created_by
        )

    def _free(self, name: str | None) -> str:
        name = new_name() if name is None else checked_name(name)
        if (self._directory / name).exists():
            raise Conflict(f"there is a backup {name!r} already")
        return name

    async def _run(self, context: JobContext) -> dict[str, Any]:
        name = checked_name(str(context.job.arguments["name"]))

        async def progress(done: float) -> None:
            await context.progress(0.9 * done, "writing the spans")

        return await self.write(name, progress)

    async def write(
        self,
        name: str | None = None,
        progress: Callable[[float], Awaitable[None]] | None = None,
    ) -> dict[str, Any]:
        """Write a backup now; -> where it is and how large."""
        whole = self._directory / self._free(name)
        part = whole.with_name(whole.name + _PART)
        try:
            await asyncio.to_thread(shutil.rmtree, part, ignore_errors=True)
            await asyncio.to_thread(part.mkdir, parents=True)
            await self._store.visible()
            await backup.write(self._store, part / SPANS, progress)
            if self._records.path is not None:
                await asyncio.to_thread(_copy, self._records.path, part / RECORDS)
                await asyncio.to_thread(_without_what_is_begun, part / RECORDS)
            size = await asyncio.to_thread(_size, part)
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                records="postgresql" if self._records.path is None else "sqlite",
                bytes=size,
            )
            manifest.write(part)
            await asyncio.to_thread(part.rename, whole)
        except OSError as error:
            raise BackupError(f"{whole} cannot be written: {error.strerror or error}") from error
        return {"path": str(whole), "bytes": size, "records": manifest.records}


def bring_back(directory: Path, settings: Settings, *, replace: bool = False) -> Manifest:
    """Fill a data directory from a backup; with `replace` what is there is set aside.

    Raises BackupError, StoreError. No server may run on the directory.
    """
    directory = directory.absolute()
    manifest = _manifest(directory)
    if not settings.store.startswith("chdb://"):
        raise BackupError("a backup is restored into an embedded store (chdb://)")
    spans = Path(settings.store.removeprefix("chdb://"))
    records = Records(settings.database)
    if records.path is None and manifest.records == "sqlite":
        raise BackupError("the records of this backup belong into SQLite (--database sqlite:///…)")
    if is_used(settings):
        raise BackupError(f"a server runs on {settings.data}; stop it first")
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    wal = settings.data / "wal"
    for path in (spans / "db", wal, *_files_of(records.path)):
        if not path.exists() or (path.is_dir() and not any(path.iterdir())):
            continue
        if not replace:
            raise BackupError(
                f"{path} is there already: choose an empty --data, or --replace sets it aside"
            )
        path.rename(path.with_name(f"{path.name}.replaced-{stamp}"))
    backup.restore(directory / SPANS, spans)
    if records.path is not None and manifest.records == "sqlite":
        records.path.parent.mkdir(parents=True, exist_ok=True)
        _copy(directory / RECORDS, records.path)
    return manifest


def is_used(settings: Settings) -> bool:
    """Whether a server runs on the data: it holds the lock of the embedded store."""
    import fcntl

    if not settings.store.startswith("chdb://"):
        return False
    path = Path(settings.store.removeprefix("chdb://")) / "pilothouse.lock"
    if not path.exists():
        return False
    with path.open("r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _manifest(directory: Path) -> Manifest:
    try:
        manifest = Manifest.read(directory)
    except FileNotFoundError:
        raise BackupError(f"{directory} is no backup: it has no {MANIFEST}") from None
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{directory / MANIFEST} cannot be read: {error}") from None
    if manifest.format > FORMAT:
        raise BackupError(
            f"this backup is of Pilothouse {manifest.version}, which writes a newer form; "
            "install that version to restore it"
        )
    return manifest


def _files_of(path: Path | None) -> list[Path]:
    if path is None:
        return []
    return [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]


def _copy(source: Path, target: Path) -> None:
    """Copy an SQLite database as one consistent state, whoever writes to it meanwhile."""
    with (
        contextlib.closing(sqlite3.connect(source)) as read,
        contextlib.closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)


def _without_what_is_begun(copied: Path) -> None:
    """Take out of copied records what would be done a second time where they are restored.

    That are backups which have not ended, and messages of alerts which this server sends itself.
    """
    unfinished = "DELETE FROM jobs WHERE kind = 'backup' AND status IN ('queued', 'running')"
    with contextlib.closing(sqlite3.connect(copied)) as database, database:
        database.execute(unfinished)
        database.execute("DELETE FROM alert_messages WHERE ended_at IS NULL")


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
