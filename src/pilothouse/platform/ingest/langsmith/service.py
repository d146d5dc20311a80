"""Takes what LangSmith's clients send: merges the halves of runs and hands on whole spans."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.intake import status_of
from pilothouse.platform.ingest.langsmith.known import KnownRuns, Merged, ProjectOf, start_said
from pilothouse.platform.ingest.langsmith.moves import Moves
from pilothouse.platform.ingest.langsmith.runs import Half, json_text
from pilothouse.platform.ingest.langsmith.source import run_of_source
from pilothouse.platform.ingest.langsmith.unbegun import Unbegun
from pilothouse.platform.ingest.langsmith.upload import Upload
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.projects.models import DEFAULT, Project
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.store.langsmith_runs import Move, StoredRuns, Wanted, renewed
from pilothouse.platform.store.large_values import Blob
from pilothouse.platform.store.live import Mark
from pilothouse.spans import Source

log = logging.getLogger("pilothouse.langsmith")

INLINE_BYTES: Final = 16 * 1024
"""Smaller requests are read on the event loop, larger ones on a thread."""
MOST_AHEAD_US: Final = 86_400_000_000
"""How far clients' clocks may be ahead of ours."""


class FeedbackIngest(Protocol):
    """Where the feedback goes that comes along with runs."""

    async def take(self, feedback: list[dict[str, Any]], only: Project | None = None) -> None: ...
    async def arrived(self, run_ids: Iterable[str]) -> None: ...


class Examples(Protocol):
    """What runs over examples take from them."""

    def copied_metadata(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]: ...


class RunIngest:
    """Takes uploads and answers once they cannot be lost."""

    def __init__(
        self,
        ingest: Ingest,
        projects: ProjectDirectory,
        stored: StoredRuns,
        feedback: FeedbackIngest,
        examples: Examples,
        moves: Moves,
    ) -> None:
        self._ingest = ingest
        self._projects = projects
        self._stored = stored
        self._feedback = feedback
        self._examples = examples
        self._moves = moves
        self._known = KnownRuns(ingest.clock.next, alone=stored.alone)
        self._looked_back = False
        self._unbegun = Unbegun()
        ingest.remembered_by(self)
        projects.when_deleted(lambda project: self._forget_projects({project.name}))

    def forget(self, marks: Collection[Mark]) -> None:
        """Let no change of a run bring back what was deleted of its trace."""
        gone = {(self._projects.name_of(number), trace_id) for number, trace_id in marks}
        self._known.forget(lambda run: (run.project, run.trace_id) in gone)

    def forget_projects(self, projects: Collection[int]) -> None:
        """Let no change of a run bring back what was deleted of its project."""
        self._forget_projects({self._projects.name_of(number) for number in projects})

    def _forget_projects(self, names: Collection[str | None]) -> None:
        self._known.forget(lambda run: run.project in names)

    async def take(
        self, read: Callable[[], Upload], size_bytes: int, only: str | None = None
    ) -> None:
        """Return once everything of an upload is durable; any later read sees it.

        With `only`, the project of the key that sends it, all of it goes to that project, whatever
        it names, and no run of another project is changed by it. Raises what `read` does,
        Unprocessable for an unknown project, IngestError when nothing was taken.
        """
        try:
            begun = await self._take(read, size_bytes, only)
        except Exception as refusal:
            self._ingest.intake.refuse("langsmith", status_of(refusal))
            raise
        self._ingest.intake.take("langsmith", begun)

    async def _take(self, read: Callable[[], Upload], size_bytes: int, only: str | None) -> int:
        """As `take`; -> how many runs the upload began."""
        upload = read() if size_bytes < INLINE_BYTES else await asyncio.to_thread(read)
        projects = {
            place: only or self._project(*place)
            for place in {(half.session_id, half.session_name) for half in upload.halves}
        }

        def project_of(half: Half) -> str:
            return projects[half.session_id, half.session_name]

        await self._learn(upload.halves, project_of, only)
        await self._add_examples(upload.halves)
        if upload.halves:
            await self._store(
                lambda: self._known.merge(upload.halves, project_of, only),
                upload,
                inline=size_bytes < INLINE_BYTES,
            )
        if upload.feedback:
            project = None if only is None else self._projects.by_id(self._projects.id_of(only))
            await self._feedback.take(upload.feedback, project)
        posted = [half.id for half in upload.halves if half.verb == "post"]
        if posted:
            await self._feedback.arrived(posted)
        return len(posted)

    async def joining(self) -> None:
        """Join changes of runs with beginnings that other servers took, until cancelled."""
        while True:
            ids = await self._unbegun.due()
            try:
                sources = await self._stored.begun(ids)
                if sources:
                    begun = [run_of_source(source) for source in sources]
                    self._unbegun.begun(run.id for run in begun)
                    await self._store(partial(self._known.join, begun), Upload(), inline=False)
            except Exception:  # whatever a store says: the next look is another try
                log.exception("beginnings of runs were not looked for; that is tried again")

    async def finish_moves(self) -> None:
        """Finish what an earlier process began."""
        for note, moves in self._moves.unfinished().items():
            try:
                await self._tidy(moves)
            except Exception:  # whatever a store says: the next start is another try
                log.exception("runs that moved may be there twice until the next start: %s", note)
            else:
                self._moves.done(note)

    async def _store(self, merge: Callable[[], Merged], upload: Upload, *, inline: bool) -> None:
        """Merge and hand on what came of it, then see to the runs that moved."""
        merged: Merged | None = None
        note: Path | None = None

        def batch() -> Batch:
            nonlocal merged, note
            merged = merge()
            if merged.moves:
                note = self._moves.note(merged.moves)
            return Batch(
                sources=merged.sources,
                blobs=_blobs(upload, merged.sources),
                size_bytes=upload.size_bytes,
            )

        if inline:
            await self._ingest.accept(batch())
        else:
            await self._ingest.accept_from(batch)
        assert merged is not None, "it was handed on"
        if note is not None:
            await self._tidy(merged.moves)
            self._moves.done(note)
        if merged.unbegun and not self._stored.alone:
            self._unbegun.add(merged.unbegun)

    async def _learn(self, halves: Sequence[Half], project_of: ProjectOf, only: str | None) -> None:
        """Read back what the store may know of these runs."""
        if not self._looked_back:
            now_us = time.time_ns() // 1000
            newest = await self._stored.newest_start_us(now_us - 3_600_000_000)
            self._known.look_back(min(newest, now_us + MOST_AHEAD_US))
            self._looked_back = True
        strangers = self._known.strangers(halves, project_of, only)
        if not strangers:
            return
        if self._known.must_wait(half.id for half in strangers):
            await self._stored.visible()
        found = await self._stored.sources(map(_wanted, strangers), only)
        self._known.learn(run_of_source(source) for source in found)

    async def _add_examples(self, halves: Sequence[Half]) -> None:
        """Let runs over examples say what the examples say of them."""
        over = [half for half in halves if half.said.get("example_id")]
        if not over:
            return
        ids = [half.said["example_id"] for half in over]
        found = await asyncio.to_thread(self._examples.copied_metadata, ids)
        for half in over:
            about = found.get(half.said["example_id"])
            if about is not None:
                half.said["example_metadata"] = json_text(about)

    async def _tidy(self, moves: Sequence[Move]) -> None:
        """Remove what runs left behind that moved, and compute the traces anew that they left."""
        again = []
        for mark, row in await self._stored.remove(moves):
            self._ingest.writer.forget([mark])  # what is known here of its runs is newer
            if row is not None:
                again.append(renewed(row, self._ingest.clock.next()))
        if again:
            await self._ingest.rewrite(again)

    def _project(self, session_id: str, session_name: str) -> str:
        """The name of the project that a half names by id or by name."""
        if session_id:
            project = self._projects.by_uuid(session_id)
            if project is not None:
                return project.name
            if not session_name:
                raise Unprocessable(f"session_id: there is no project with the id {session_id}")
        return session_name or DEFAULT


def _wanted(half: Half) -> Wanted:
    order: str = half.said.get("dotted_order") or ""
    return Wanted(
        id=half.id,
        trace_id=order.partition(".")[0][-36:] or half.said.get("trace_id", ""),
        start_us=start_said(half),
        is_new=half.verb == "post",
    )


def _blobs(upload: Upload, sources: Iterable[Source]) -> list[Blob]:
    """The files of an upload, each in the projects of the runs that have it."""
    if not upload.files:
        return []
    project = {source.span_id: source.project for source in sources}
    wanted = {
        (attachment.blob, project[half.id])
        for half in upload.halves
        for attachment in half.said.get("attachments", {}).values()
    }
    return [
        Blob(
            id=blob,
            mime_type=upload.files[blob].mime_type,
            data=upload.files[blob].data,
            project=name,
        )
        for blob, name in sorted(wanted)
    ]
