"""Scores: given by people and programs, listed, taken back."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import orjson

from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.query.models import ScoreGiven
from pilothouse.platform.query.scope import Projects, projects_of
from pilothouse.platform.records import micros_of
from pilothouse.platform.store import scores, spans_read
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.json_rows import array
from pilothouse.platform.store.orders import bad_cursor, read_cursor, write_cursor
from pilothouse.platform.store.shown import rfc3339
from pilothouse.platform.store.tables import SCORE_COLUMNS, score_of, score_row
from pilothouse.spans import Score

MOST: Final = 1_000
"""Scores in one request."""
_NAMESPACE: Final = uuid.UUID("6f0f7c1e-3a43-5a0e-9f0b-0d9a3c5b7e21")


class Masks(Protocol):
    """What a project hides of scores: `ingest.masking.Masker`."""

    def mask_score(self, score: Score) -> None: ...


MaskerOf = Callable[[str], Masks | None]
"""From the name of a project to its masker, None where nothing is masked."""


class ScoreService:
    """Keeps and reads scores."""

    def __init__(
        self, store: Store, projects: Projects, masker_of: MaskerOf = lambda _: None
    ) -> None:
        self._masker_of = masker_of
        self._store = store
        self._projects = projects
        self._pending: list[list[tuple[Any, ...]]] = []
        self._inserting = asyncio.Lock()
        self._newest = 0

    async def give(self, given: Sequence[ScoreGiven]) -> bytes:
        """Keep scores; -> them as a JSON document. The same id replaces what stood there."""
        if len(given) > MOST:
            raise BadRequest(f"at most {MOST} scores in one request, not {len(given)}")
        await self._store.visible()
        places = await self._places(given)
        kept = [self._score(score, places) for score in given]
        for _, score in kept:
            if (masker := self._masker_of(score.project)) is not None:
                masker.mask_score(score)
        await self.keep(kept)
        return b'{"items":' + orjson.dumps([_shown(score) for _, score in kept]) + b"}"

    async def keep(self, given: Sequence[tuple[int, Score]], *, deleted: bool = False) -> None:
        """Keep scores whose projects (their numbers) are known, or take them back.

        What comes while an insert runs goes into the next one together: a part of the table for
        each score would cost more than the scores.
        """
        if not given:
            return
        first = max(self._newest + 1, time.time_ns() // 1000)
        self._newest = first + len(given)
        mine = [
            score_row(number, score, first + i, deleted=deleted)
            for i, (number, score) in enumerate(given)
        ]
        self._pending.append(mine)
        async with self._inserting:
            if not any(rows is mine for rows in self._pending):
                return  # whoever held the lock before us took ours along
            taken, self._pending = self._pending, []
            try:
                rows = [row for rows in taken for row in rows]
                await self._store.insert("scores", SCORE_COLUMNS, rows)
            except BaseException:  # the others try again for themselves; a second time is harmless
                self._pending = [rows for rows in taken if rows is not mine] + self._pending
                raise

    async def page(
        self,
        project: str | None,
        *,
        wanted: dict[str, str],
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> bytes:
        """One page of scores, the newest first."""
        names = projects_of(self._projects, project)
        place = read_cursor(cursor, "scores") if cursor else None
        match place:
            case None | [int(), int(), str()]:
                pass
            case _:
                raise bad_cursor()
        await self._store.visible()
        rows = await scores.page(
            self._store,
            names,
            wanted=wanted,
            since=since,
            until=until,
            limit=limit + 1,
            after=place,
        )
        more = len(rows) > limit
        rows = rows[:limit]
        next_cursor = write_cursor("scores", rows[-1].key) if more else None
        items = array(row.closed() for row in rows)
        return b'{"items":' + items + b',"next_cursor":' + orjson.dumps(next_cursor) + b"}"

    async def take_back(self, score_id: str, project: str | None) -> None:
        """Delete a score. Raises NotFound, Conflict."""
        names = projects_of(self._projects, project)
        await self._store.visible()
        rows = await scores.found(self._store, score_id, list(names))
        if not rows:
            raise NotFound(f"there is no score {score_id!r}", {"id": score_id})
        if len(rows) > 1:
            known = sorted(names[int(row["project"])] for row in rows)
            raise Conflict(
                f"score {score_id!r} stands in {len(known)} projects; say which with ?project=",
                {"projects": known},
            )
        [row] = rows
        number = int(row["project"])
        await self.keep([(number, score_of(row, names[number]))], deleted=True)

    async def _places(self, given: Sequence[ScoreGiven]) -> dict[str, list[int]]:
        """The projects in which the traces lie whose scores name no project."""
        open_ids = {s.trace_id for s in given if s.trace_id and not s.project}
        names = projects_of(self._projects, None)
        return await spans_read.projects_of_traces(self._store, sorted(open_ids), list(names))

    def _score(self, given: ScoreGiven, places: dict[str, list[int]]) -> tuple[int, Score]:
        if not (given.trace_id or given.session_id or given.project):
            raise BadRequest(
                f"score {given.name!r} has no target: give trace_id, with span_id or without,"
                " session_id, or only a project"
            )
        if given.span_id and not given.trace_id:
            raise BadRequest(f"score {given.name!r} names a span without its trace_id")
        if given.value is None and not given.label and not given.comment and given.status == "ok":
            raise BadRequest(f"score {given.name!r} says nothing: give value, label or comment")
        number, name = self._project(given, places)
        created_ns = time.time_ns()
        if given.created_at is not None:
            created_ns = micros_of(given.created_at) * 1000
        return number, Score(
            id=given.id or score_id(name, given),
            project=name,
            name=given.name,
            value=None if given.value is None else float(given.value),
            label=given.label or _truth(given.value),
            comment=given.comment or "",
            source=given.source,
            identifier=given.identifier or "",
            evaluator_version=given.evaluator_version or "",
            trace_id=given.trace_id or "",
            span_id=given.span_id or "",
            session_id=given.session_id or "",
            status=given.status,
            error=given.error or "",
            created_at_ns=created_ns,
            metadata=given.metadata,
        )

    def _project(self, given: ScoreGiven, places: dict[str, list[int]]) -> tuple[int, str]:
        if given.project:
            [(number, name)] = projects_of(self._projects, given.project).items()
            return number, name
        names = projects_of(self._projects, None)
        found = places.get(given.trace_id or "", [])
        if len(found) > 1:
            known = sorted(names[number] for number in found)
            raise Conflict(
                f"trace {given.trace_id!r} stands in {len(known)} projects; say which",
                {"projects": known},
            )
        if not found:
            raise BadRequest(
                f"score {given.name!r}: its trace is not here yet; say which project it belongs to"
                if given.trace_id
                else f"score {given.name!r}: say which project it belongs to"
            )
        return found[0], names[found[0]]


def score_id(project: str, given: ScoreGiven) -> str:
    """The id of a score that came without one: the same verdict again has the same.

    A person and a judge of one name are two. What names no source is of code, and its ids are those
    of before sources told scores apart, so that what is sent again still takes its place.
    """
    target = (given.trace_id or "", given.span_id or "", given.session_id or "")
    source = () if given.source == "code" else (given.source,)
    parts = (project, *target, given.name, given.identifier or "", *source)
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


def _truth(value: float | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else ""


def _shown(score: Score) -> dict[str, Any]:
    return {
        "id": score.id,
        "project": score.project,
        "name": score.name,
        "value": score.value,
        "label": score.label or None,
        "comment": score.comment or None,
        "source": score.source,
        "identifier": score.identifier or None,
        "evaluator_version": score.evaluator_version or None,
        "trace_id": score.trace_id or None,
        "span_id": score.span_id or None,
        "session_id": score.session_id or None,
        "status": score.status,
        "error": score.error or None,
        "created_at": rfc3339(score.created_at_ns // 1000),
        "metadata": score.metadata,
    }
