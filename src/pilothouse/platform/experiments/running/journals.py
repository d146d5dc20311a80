"""The journals of experiments that servers run, so that nothing is paid for twice.

Each is a file of its server's. Where several servers share their records, its lines are brought
there too, some at a time: another server that takes the experiment over begins with them. The file
counts beside them only for what its server had not brought there yet when it was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilothouse.platform.experiments.running import journal_records as kept
from pilothouse.platform.patience import insist_on
from pilothouse.platform.records import Records

if TYPE_CHECKING:
    from pilothouse.evaluation.runner.journal import Journal

GATHERED_S: Final = 0.1
"""How long lines are gathered that go to the records together: a server that is killed has so much
asked again."""


class Journals:
    """Where a server keeps what its experiments have done."""

    def __init__(self, folder: Path, records: Records) -> None:
        self._folder = folder
        self._records = records

    def open(self, experiment_id: str) -> tuple[Journal, Bringing | None]:
        """The journal of an experiment with all that any server did of it; and what shares it.

        Blocks. There is nothing to share with where the records are this server's alone.
        """
        path = self._path(experiment_id)
        if not self._records.shared:
            return _opened(path, experiment_id), None
        with self._records.write() as session:
            run = kept.begin(session, experiment_id)
        bringing = Bringing(self._records, experiment_id, run)
        self._write_anew(path, experiment_id, bringing)
        journal = _opened(path, experiment_id)
        journal.also = bringing.add
        return journal, bringing

    def forget(self, experiment_id: str) -> None:
        """Drop what a server would go on from: the experiment has ended."""
        self._path(experiment_id).unlink(missing_ok=True)
        if self._records.shared:
            with self._records.write() as session:
                kept.forget(session, experiment_id)

    def _path(self, experiment_id: str) -> Path:
        return self._folder / f"{experiment_id}.jsonl"

    def _write_anew(self, path: Path, experiment_id: str, bringing: Bringing) -> None:
        """Make the file of what all servers did, and of what this one did beyond."""
        from pilothouse.evaluation.runner.errors import JournalError
        from pilothouse.evaluation.runner.journal import Journal

        anew = path.with_suffix(".anew")
        Journal.create(anew, _head(experiment_id), overwrite=True).close()
        with anew.open("ab") as file:
            after: tuple[int, int] | None = (0, 0)
            while after is not None:
                with self._records.read() as session:
                    parts, after = kept.parts(session, experiment_id, after)
                file.writelines(zlib.decompress(part) for part in parts)
        with contextlib.suppress(JournalError):  # there is none, or its first line is not whole
            old = Journal.open(path, write=False)
            journal = Journal.open(anew, write=True)
            journal.also = bringing.add
            for record in _beyond(old, journal):
                journal.write(record)
            journal.close()
            old.close()
        anew.replace(path)


class Bringing:
    """Brings the lines of a journal to the records, in their order, a few times a second."""

    def __init__(self, records: Records, experiment_id: str, run: int) -> None:
        self._records = records
        self._experiment_id = experiment_id
        self._run = run
        self._part = 0
        self._waiting: list[bytes] = []
        self._sent: list[bytes] = []
        """What was sent and may be there: the same is sent until it is surely there."""
        self._more = asyncio.Event()
        self._sending = asyncio.Lock()

    def add(self, lines: bytes) -> None:
        """Have whole lines brought there soon."""
        self._waiting.append(lines)
        self._more.set()

    async def work(self) -> None:
        """Bring lines until it is cancelled."""
        while True:
            await self._more.wait()
            await asyncio.sleep(GATHERED_S)
            await self.flush()

    async def flush(self) -> None:
        """Bring all that waits; when it returns, every server sees it."""
        async with self._sending:
            while self._waiting or self._sent:
                if not self._sent:
                    self._more.clear()
                    self._sent, self._waiting = self._waiting, []
                    self._part += 1
                await insist_on(self._keep, self._part, self._sent)
                self._sent = []

    def _keep(self, part: int, lines: list[bytes]) -> None:
        packed = zlib.compress(b"".join(lines), 1)
        with self._records.write() as session:
            kept.add(session, self._experiment_id, self._run, part, packed)


def _head(experiment_id: str) -> dict[str, Any]:
    return {"experiment": experiment_id}


def _opened(path: Path, experiment_id: str) -> Journal:
    from pilothouse.evaluation.runner.errors import JournalError
    from pilothouse.evaluation.runner.journal import Journal

    try:
        return Journal.open(path, write=True)
    except JournalError:  # there is none, or it was killed before its first line was whole
        return Journal.create(path, _head(experiment_id), overwrite=True)


def _beyond(old: Journal, new: Journal) -> Iterator[Mapping[str, Any]]:
    """The records of a journal that another lacks: answers to what it has none of, and verdicts.

    Verdicts count for the answer that they were given on.
    """
    for key in old.items():
        if not new.has(key):
            yield from old.records(key)
        elif old.target(key) == new.target(key):
            for record in old.records(key):
                name = record.get("evaluator")
                if name is not None and not new.has_verdict(key, name, record["config"]):
                    yield record
