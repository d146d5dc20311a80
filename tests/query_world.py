"""A store with known spans, and the read API over it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.query.wiring import query_router
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.rows import SPAN_COLUMNS, hour_of, row_of
from pilothouse.platform.store.settle import Settler
from pilothouse.spans import Event, Fields, Source, Usage

START_S = 1_790_000_000 // 3600 * 3600
"""Where the world begins: 2026-09-21, on a full hour."""
_versions = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    name: str


class Directory:
    """Projects by name, without a database."""

    def __init__(self, *names: str) -> None:
        self._all = [Project(number, name) for number, name in enumerate(names, 1)]

    def find(self, name: str) -> int | None:
        return next((p.id for p in self._all if p.name == name), None)

    def all(self) -> list[Project]:
        return list(self._all)

    def plain(self) -> list[Project]:
        return self.all()


@dataclass(slots=True, kw_only=True)
class Cost:
    input: float | None = None
    output: float | None = None
    total: float | None = None
    source: str = "list"
    price_date: str | None = None


@dataclass(slots=True, kw_only=True)
class Given:
    """A span as a test gives it: what matters to it, the rest by default."""

    trace_id: str
    span_id: str
    project: str = "shop"
    parent: str = ""
    at: float = 0.0
    """Seconds after START_S."""
    ms: float | None = 100.0
    name: str = "step"
    kind: Any = "span"
    status: Any = "ok"
    input: str = ""
    output: str = ""
    usage: Usage | None = None
    cost: Cost | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    def row(self, number: int) -> tuple[Any, ...]:
        start_ns = round((START_S + self.at) * 1_000_000) * 1000
        source = Source(
            project=self.project,
            trace_id=self.trace_id,
            span_id=self.span_id,
            parent_span_id=self.parent,
            name=self.name,
            start_ns=start_ns,
            end_ns=None if self.ms is None else start_ns + round(self.ms * 1000) * 1000,
            attributes=self.attributes,
            resource=self.resource,
            events=self.events,
        )
        given = {
            "name": self.name,
            "kind": self.kind,
            "status": self.status,
            "input": self.input,
            "output": self.output,
            "input_preview": self.input[:256],
            "output_preview": self.output[:256],
            "usage": self.usage,
        }
        return row_of(number, source, Fields(**given | self.fields), self.cost, next(_versions))


class World:
    """The API over a store, and ways to fill it."""

    def __init__(self, directory: Path, *projects: str) -> None:
        self.store = Store(f"chdb://{directory}")
        self.projects = Directory(*projects)
        self._settler = Settler(
            self.store, lambda: next(_versions), lambda _spans: None, has_logs=False
        )
        self.app = FastAPI()
        add_error_answers(self.app)
        self.app.include_router(query_router(self.store, self.projects))

    def put(self, *spans: Given) -> None:
        """Store spans and what follows from them."""
        rows, dirty = [], {}
        for span in spans:
            number = self.projects.find(span.project)
            assert number is not None
            rows.append(span.row(number))
            hour = hour_of(round((START_S + span.at) * 1_000_000_000))
            first, last = dirty.get((number, span.trace_id), (hour, hour))
            dirty[(number, span.trace_id)] = (min(first, hour), max(last, hour))
        asyncio.run(self.store.insert("spans", SPAN_COLUMNS, rows))
        self._settler.live.clear()
        self._settler.settle(dirty)

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """An answer of the API."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://test/api/v1"
            ) as http:
                return await http.request(method, path, **how)

        return asyncio.run(ask())

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET that has to succeed."""
        answer = self.call("GET", path, params={k.rstrip("_"): v for k, v in params.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        """The JSON of a POST that has to succeed."""
        answer = self.call("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def error(self, path: str, status: int, **params: Any) -> dict[str, Any]:
        """The error that a GET is answered with."""
        answer = self.call("GET", path, params={k.rstrip("_"): v for k, v in params.items()})
        assert answer.status_code == status, answer.text
        error: dict[str, Any] = answer.json()["error"]
        return error

    def trace_ids(self, filter: str = "", **params: Any) -> list[str]:
        """The ids of the traces that a filter finds, sorted."""
        page = self.get("/traces", filter=filter, limit=1000, **params)
        return sorted(item["trace_id"] for item in page["items"])

    def span_ids(self, filter: str = "", **params: Any) -> list[str]:
        page = self.get("/spans", filter=filter, limit=1000, **params)
        return sorted(item["span_id"] for item in page["items"])


@contextmanager
def opened(directory: Path, *projects: str) -> Iterator[World]:
    """A world in a directory; one at a time in a process."""
    world = World(directory, *(projects or ("shop", "desk")))
    try:
        yield world
    finally:
        world.store.close()
