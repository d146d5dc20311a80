"""Takes what LangSmith's clients send: merges the halves of runs and hands on whole spans."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

from pilothouse.platform.errors import Forbidden, Unprocessable
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.blobs import Blob
from pilothouse.platform.ingest.langsmith.known import KnownRuns, start_said
from pilothouse.platform.ingest.langsmith.runs import Half
from pilothouse.platform.ingest.langsmith.source import run_of_source
from pilothouse.platform.ingest.langsmith.upload import Upload
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.projects.models import DEFAULT
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.store.langsmith_runs import Left, StoredRuns, Wanted, renewed
from pilothouse.spans import Source

INLINE_BYTES: Final = 16 * 1024
"""Smaller requests are read on the event loop, larger ones on a thread."""
MOST_AHEAD_US: Final = 86_400_000_000
"""How far clients' clocks may be ahead of ours."""


class FeedbackIngest(Protocol):
    """Where the feedback goes that comes along with runs."""

    async def take(self, feedback: list[dict[str, Any]]) -> None: ...
    async def arrived(self, run_ids: Iterable[str]) -> None: ...


class RunIngest:
    """Takes uploads and answers once they cannot be lost."""

    def __init__(
        self,
        ingest: Ingest,
        projects: ProjectDirectory,
        stored: StoredRuns,
        feedback: FeedbackIngest,
    ) -> None:
        self._ingest = ingest
        self._projects = projects
        self._stored = stored
        self._feedback = feedback
        self._known = KnownRuns(ingest.clock.next)
        self._looked_back = False

    async def take(
        self, read: Callable[[], Upload], size_bytes: int, only: str | None = None
    ) -> None:
        """Return once everything of an upload is durable; any later read sees it.

        With `only` all of it goes to that project, whatever it names. Raises what `read` does,
        Unprocessable for an unknown project, Forbidden for a run of another project than `only`,
        IngestError when nothing was taken.
        """
        upload = read() if size_bytes < INLINE_BYTES else await asyncio.to_thread(read)
        projects = {
            place: only or self._project(*place)
            for place in {(half.session_id, half.session_name) for half in upload.halves}
        }

        def project_of(half: Half) -> str:
            return projects[half.session_id, half.session_name]

        await self._learn(upload.halves)
        if only is not None:
            await self._check(upload, only)
        left: list[Left] = []

        def batch() -> Batch:
            merged = self._known.merge(upload.halves, project_of)
            left.extend(merged.left)
            return Batch(
                sources=merged.sources,
                blobs=_blobs(upload, merged.sources),
                size_bytes=upload.size_bytes,
            )

        if upload.halves:
            if size_bytes < INLINE_BYTES:
                await self._ingest.accept(batch())
            else:
                await self._ingest.accept_from(batch)
        if left:
            await self._tidy(left)
        if upload.feedback:
            await self._feedback.take(upload.feedback)
        posted = [half.id for half in upload.halves if half.verb == "post"]
        if posted:
            await self._feedback.arrived(posted)

    async def _learn(self, halves: Sequence[Half]) -> None:
        """Read back what the store may know of these runs."""
        if not self._looked_back:
            now_us = time.time_ns() // 1000
            newest = await self._stored.newest_start_us(now_us - 3_600_000_000)
            self._known.look_back(min(newest, now_us + MOST_AHEAD_US))
            self._looked_back = True
        strangers = self._known.strangers(halves)
        if strangers:
            found = await self._stored.sources(map(_wanted, strangers))
            self._known.learn(run_of_source(source) for source in found)

    async def _check(self, upload: Upload, only: str) -> None:
        """Refuse changes of runs, and feedback on runs, that are in other projects."""
        spoken_of = {str(body.get("run_id") or "") for body in upload.feedback} - {""}
        if spoken_of:
            found = await self._stored.sources(Wanted(id=run_id) for run_id in sorted(spoken_of))
            self._known.learn(run_of_source(source) for source in found)
        spoken_of |= {half.id for half in upload.halves}
        others = self._known.in_other_projects(spoken_of, only)
        if others:
            raise Forbidden(f"this key belongs to project {only!r}, and run {others[0]} does not")

    async def _tidy(self, left: Sequence[Left]) -> None:
        """Remove what runs left behind that moved, and compute the traces anew that they left."""
        again = []
        for mark, row in await self._stored.remove(left):
            self._ingest.forget([mark])
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
