"""Sessions and users: lists of them, and one session as a conversation."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from pilothouse.filters import Comparison, Path, Text
from pilothouse.platform.errors import Conflict, NotFound
from pilothouse.platform.query.scope import Projects, projects_of
from pilothouse.platform.query.traces import PageRequest, scored
from pilothouse.platform.store import groups, lists, scores, spans_read
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.groups import SESSIONS, USERS, Grouping
from pilothouse.platform.store.json_rows import Row, array
from pilothouse.platform.store.orders import order_of, pick, read_cursor, write_cursor
from pilothouse.platform.store.selection import Selection


class SessionQueries:
    """Reads sessions."""

    def __init__(self, store: Store, projects: Projects) -> None:
        self._store = store
        self._projects = projects

    async def page(self, selection: Selection, request: PageRequest) -> bytes:
        """One page of sessions as a JSON document."""
        rows, tail = await _page(self._store, SESSIONS, selection, request)
        ids = [str(row.key[-2]) for row in rows]
        found = await self._scores(selection, ids)
        items = array(
            row.closed(b',"scores":' + orjson.dumps(found.get((row.key[-1], row.key[-2]), [])))
            for row in rows
        )
        return b'{"items":' + items + tail

    async def open(
        self, session_id: str, project: str | None, *, limit: int = 200, cursor: str | None = None
    ) -> bytes:
        """A session with its turns, the earliest first. Raises NotFound, Conflict."""
        names = projects_of(self._projects, project)
        await self._store.visible()
        found = await groups.projects_of_session(self._store, session_id, list(names))
        if not found:
            raise NotFound(f"there is no session {session_id!r}", {"session_id": session_id})
        if len(found) > 1:
            known = sorted(names[number] for number in found)
            raise Conflict(
                f"session {session_id!r} stands in {len(known)} projects; say which with ?project=",
                {"projects": known},
            )
        wanted = Comparison(Path("session_id"), "=", Text(session_id))
        selection = Selection(projects={found[0]: names[found[0]]}, filter=wanted)
        order = order_of("start_time", "traces")
        place = read_cursor(cursor, "turns") if cursor else None
        session, turns, verdicts = await asyncio.gather(
            groups.session(self._store, selection, found[0], session_id),
            lists.page(self._store, "traces", selection, order, limit=limit + 1, after=place),
            self._scores(selection, [session_id]),
        )
        next_cursor = write_cursor("turns", turns[limit - 1].key) if len(turns) > limit else None
        body = await self._turns(selection, turns[:limit])
        own = orjson.dumps(verdicts.get((found[0], session_id), []))
        answer: bytes = (
            b'{"session":'
            + session.closed(b',"scores":' + own)
            + b',"turns":'
            + body
            + b',"next_cursor":'
            + orjson.dumps(next_cursor)
            + b"}"
        )
        return answer

    async def _turns(self, selection: Selection, rows: list[Row]) -> bytes:
        """The traces with what went in and came out of their roots."""
        turns = orjson.loads(await scored(self._store, "traces", selection, rows))
        roots = [(t["trace_id"], t["root_span_id"]) for t in turns if t["root_span_id"]]
        texts = await spans_read.texts(self._store, list(selection.projects), roots)
        by_span = {(trace_id, span_id): said for (_, trace_id, span_id), said in texts.items()}
        for turn in turns:
            said = by_span.get((turn["trace_id"], turn["root_span_id"]), ("", ""))
            turn["input"], turn["output"] = value_of(said[0]), value_of(said[1])
        return bytes(orjson.dumps(turns))

    async def _scores(
        self, selection: Selection, ids: list[str]
    ) -> dict[tuple[int, str], list[dict[str, Any]]]:
        if not ids or not await scores.any_there(self._store):
            return {}
        return await scores.of_sessions(self._store, selection.projects, ids)


class UserQueries:
    """Reads users."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, selection: Selection, request: PageRequest) -> bytes:
        """One page of users as a JSON document; sums are over the selection's traces."""
        rows, tail = await _page(self._store, USERS, selection, request)
        found: dict[tuple[int, str], list[dict[str, Any]]] = {}
        if rows and await scores.any_there(self._store):
            users = [str(row.key[-2]) for row in rows]
            found = await groups.user_scores(self._store, selection, users, selection.filter)
        items = array(
            row.closed(b',"scores":' + orjson.dumps(found.get((row.key[-1], row.key[-2]), [])))
            for row in rows
        )
        return b'{"items":' + items + tail


async def _page(
    store: Store, grouping: Grouping, selection: Selection, request: PageRequest
) -> tuple[list[Row], bytes]:
    """The rows of a page, and the end of its document."""
    default = "-start_time" if grouping is SESSIONS else "-last_seen_at"
    order = pick(request.order_by or default, grouping.columns, grouping.ids)
    place = read_cursor(request.cursor, order.text) if request.cursor else None
    await store.visible()
    rows = await groups.page(
        store, grouping, selection, order, limit=request.limit + 1, after=place
    )
    more = len(rows) > request.limit
    rows = rows[: request.limit]
    next_cursor = write_cursor(order.text, rows[-1].key) if more else None
    tail = b',"next_cursor":' + orjson.dumps(next_cursor)
    if request.totals:
        tail += b',"totals":' + await groups.totals(store, grouping, selection)
    return rows, tail + b"}"


def value_of(text: str) -> Any:
    """Parsed JSON where a text is an object or a list, else the text; None for nothing."""
    if not text:
        return None
    if text[0] in "{[":
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    return text
