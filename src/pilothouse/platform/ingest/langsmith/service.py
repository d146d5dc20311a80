"""Takes what LangSmith's clients send: merges the halves of runs and hands on whole spans."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.blobs import Blob
from pilothouse.platform.ingest.langsmith.known import KnownRuns
from pilothouse.platform.ingest.langsmith.runs import Half
from pilothouse.platform.ingest.langsmith.source import run_of_source
from pilothouse.platform.ingest.langsmith.upload import Upload
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.projects.models import DEFAULT
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.spans import Source

INLINE_BYTES: Final = 16 * 1024
"""Smaller requests are read on the event loop, larger ones on a thread."""


class StoredRuns(Protocol):
    """Where runs are looked up that came before."""

    async def sources(self, halves: Iterable[Half]) -> list[Source]:
        """The stored spans of the runs that these halves speak of."""
        ...


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
        feedback: FeedbackIngest | None = None,
    ) -> None:
        self._ingest = ingest
        self._projects = projects
        self._stored = stored
        self._feedback = feedback
        self._known = KnownRuns(ingest.clock.next)

    async def take(self, read: Callable[[], Upload], size_bytes: int) -> None:
        """Return once everything of an upload is durable; any later read sees it.

        Raises what `read` does, Unprocessable for an unknown project, IngestError when nothing
        was taken.
        """
        upload = read() if size_bytes < INLINE_BYTES else await asyncio.to_thread(read)
        projects = {
            place: self._project(*place)
            for place in {(half.session_id, half.session_name) for half in upload.halves}
        }

        def project_of(half: Half) -> str:
            return projects[half.session_id, half.session_name]

        strangers = self._known.strangers(upload.halves)
        if strangers:
            found = await self._stored.sources(strangers)
            self._known.learn(run_of_source(source) for source in found)

        def batch() -> Batch:
            sources = self._known.merge(upload.halves, project_of)
            project = {
                attachment.blob: project_of(half)
                for half in upload.halves
                for attachment in half.said.get("attachments", {}).values()
            }
            blobs = [
                Blob(id=blob, mime_type=part.mime_type, data=part.data, project=project[blob])
                for blob, part in upload.files.items()
            ]
            return Batch(sources=sources, blobs=blobs, size_bytes=upload.size_bytes)

        if upload.halves:
            if size_bytes < INLINE_BYTES:
                await self._ingest.accept(batch())
            else:
                await self._ingest.accept_from(batch)
        if self._feedback is not None:
            if upload.feedback:
                await self._feedback.take(upload.feedback)
            posted = [half.id for half in upload.halves if half.verb == "post"]
            if posted:
                await self._feedback.arrived(posted)

    def _project(self, session_id: str, session_name: str) -> str:
        """The name of the project that a half names by id or by name."""
        if session_id:
            project = self._projects.by_uuid(session_id)
            if project is not None:
                return project.name
            if not session_name:
                raise Unprocessable(f"session_id: there is no project with the id {session_id}")
        return session_name or DEFAULT
