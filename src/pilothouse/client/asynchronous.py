"""The REST API as coroutines; the same calls as `Client`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Literal

import httpx

from pilothouse.client import calls
from pilothouse.client.calls import Params, When
from pilothouse.client.errors import ConnectionFailed
from pilothouse.client.models import (
    Json,
    Metrics,
    Project,
    Score,
    Session,
    SessionDetail,
    Span,
    Trace,
    TraceDetail,
)

Scope = Literal["traces", "spans", "sessions"]


class AsyncClient:
    """Talks to a Pilothouse server without blocking the event loop.

    `endpoint` and `api_key` default to PILOTHOUSE_ENDPOINT and PILOTHOUSE_API_KEY. Lists follow
    their pages by themselves; `limit` bounds what they give in all. Times are aware datetimes or
    RFC 3339 text. Raises the errors of `pilothouse.client.errors`.

        async with AsyncClient("http://localhost:8484") as client:
            async for trace in client.traces("support", limit=20):
                print(trace["name"])
    """

    def __init__(
        self,
        endpoint: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.endpoint = calls.address(endpoint)
        self._http = httpx.AsyncClient(
            base_url=self.endpoint,
            headers=calls.headers(api_key),
            timeout=timeout_s,
            trust_env=not calls.is_loopback(self.endpoint),
            transport=transport,
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def ready(self) -> bool:
        """Whether the server answers and both of its stores do."""
        try:
            return (await self._http.get("/readyz")).is_success
        except httpx.HTTPError:
            return False

    def traces(
        self,
        project: str | None = None,
        *,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
        q: str | None = None,
        order_by: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Trace]:
        """Traces, the newest first unless `order_by` says otherwise."""
        asked = calls.window(project, since, until, filter, q, order_by)
        return self._pages(calls.path("traces"), asked, limit)

    async def trace(
        self, trace_id: str, project: str | None = None, *, payloads: bool = True
    ) -> TraceDetail:
        """A trace with its spans; without `payloads` they come without inputs and outputs."""
        asked = calls.given({"project": project, "payloads": None if payloads else False})
        found: TraceDetail = await self._get(calls.path("traces", trace_id), asked)
        return found

    def spans(
        self,
        project: str | None = None,
        *,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
        q: str | None = None,
        order_by: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Span]:
        """Spans, the newest first unless `order_by` says otherwise."""
        asked = calls.window(project, since, until, filter, q, order_by)
        return self._pages(calls.path("spans"), asked, limit)

    async def span(
        self, span_id: str, *, trace_id: str | None = None, project: str | None = None
    ) -> Span:
        """All of one span."""
        place = ("spans", span_id) if trace_id is None else ("traces", trace_id, "spans", span_id)
        found: Span = await self._get(calls.path(*place), calls.given({"project": project}))
        return found

    async def count_spans(
        self,
        project: str | None = None,
        *,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
    ) -> int:
        """How many spans there are."""
        asked = calls.window(project, since, until, filter, None)
        answer: Json = await self._post(calls.path("spans", "count"), asked)
        return int(answer["count"])

    def sessions(
        self,
        project: str | None = None,
        *,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
        q: str | None = None,
        order_by: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Session]:
        """Sessions, the newest first unless `order_by` says otherwise."""
        asked = calls.window(project, since, until, filter, q, order_by)
        return self._pages(calls.path("sessions"), asked, limit)

    async def session(self, session_id: str, project: str | None = None) -> SessionDetail:
        """A session with its turns."""
        asked = calls.given({"project": project})
        found: SessionDetail = await self._get(calls.path("sessions", session_id), asked)
        return found

    def users(
        self,
        project: str | None = None,
        *,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
        limit: int | None = None,
    ) -> AsyncIterator[Json]:
        """Users with sums over their traces."""
        asked = calls.window(project, since, until, filter, None)
        return self._pages(calls.path("users"), asked, limit)

    def scores(
        self,
        project: str | None = None,
        *,
        trace_id: str | None = None,
        span_id: str | None = None,
        session_id: str | None = None,
        name: str | None = None,
        source: str | None = None,
        since: When | None = None,
        until: When | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Score]:
        """Scores, the newest first."""
        more = {"trace_id": trace_id, "span_id": span_id, "session_id": session_id}
        asked = calls.window(project, since, until, None, None)
        asked |= calls.given({**more, "name": name, "source": source})
        return self._pages(calls.path("scores"), asked, limit)

    async def add_scores(self, *scores: Score) -> list[Score]:
        """Keeps scores; one with the same id, or the same target and name, replaces itself."""
        answer = await self._post(calls.path("scores"), list(scores))
        kept: list[Score] = answer["items"]
        return kept

    async def delete_score(self, score_id: str, project: str | None = None) -> None:
        """Takes a score back."""
        asked = calls.given({"project": project})
        await self._send("DELETE", calls.path("scores", score_id), params=asked)

    def projects(self) -> AsyncIterator[Project]:
        """All projects, by name."""
        return self._pages(calls.path("projects"), {}, None)

    async def project(self, name: str) -> Project:
        """One project."""
        found: Project = await self._get(calls.path("projects", name), {})
        return found

    async def create_project(
        self, name: str, *, description: str = "", retention_days: int | None = None
    ) -> Project:
        """A new project."""
        body = calls.given({"name": name, "retention_days": retention_days})
        if description:
            body["description"] = description
        made: Project = await self._post(calls.path("projects"), body)
        return made

    async def delete_project(self, name: str) -> Json:
        """Starts the job that removes all of a project, and gives that job."""
        response = await self._send("DELETE", calls.path("projects", name))
        job: Json = response.json()
        return job

    async def metrics(
        self,
        measures: Sequence[str],
        *,
        project: str | None = None,
        since: When | None = None,
        until: When | None = None,
        interval: str | None = None,
        scope: Literal["traces", "spans"] = "traces",
        group_by: Sequence[str] = (),
        filter: str | None = None,  # noqa: A002 - the API's word
        limit: int | None = None,
    ) -> Metrics:
        """Measures by interval and group, e.g. `["count", "p99(duration_ms)"]`."""
        body: Json = {
            **calls.window(project, since, until, filter, None),
            **calls.given({"interval": interval, "limit": limit}),
            "scope": scope,
            "measures": list(measures),
            "group_by": list(group_by),
        }
        answer: Metrics = await self._post(calls.path("metrics", "query"), body)
        return answer

    async def export(
        self,
        scope: Scope = "traces",
        *,
        format: Literal["jsonl", "csv", "parquet", "otlp"] = "jsonl",  # noqa: A002 - the API's word
        project: str | None = None,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
        q: str | None = None,
        payloads: bool = True,
    ) -> AsyncIterator[bytes]:
        """The whole result as a file, piece by piece as it arrives."""
        asked = calls.window(project, since, until, filter, q)
        asked |= {"scope": scope, "format": format, "payloads": payloads}
        try:
            async with self._http.stream("GET", calls.path("export"), params=asked) as response:
                if not response.is_success:
                    await response.aread()
                calls.checked(response)
                async for piece in response.aiter_bytes():
                    yield piece
        except httpx.HTTPError as error:
            raise ConnectionFailed(self.endpoint, str(error)) from error

    async def export_rows(
        self,
        scope: Scope = "traces",
        *,
        project: str | None = None,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
        q: str | None = None,
        payloads: bool = True,
    ) -> AsyncIterator[Json]:
        """The whole result, row by row."""
        rest = b""
        async for piece in self.export(
            scope,
            project=project,
            since=since,
            until=until,
            filter=filter,
            q=q,
            payloads=payloads,
        ):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line:
                    yield json.loads(line)
        if rest.strip():
            yield json.loads(rest)

    async def _pages(self, path: str, asked: Params, limit: int | None) -> AsyncIterator[Any]:
        left = limit
        asked = dict(asked)
        while left is None or left > 0:
            asked["limit"] = calls.PAGE if left is None else min(left, calls.PAGE)
            page = await self._get(path, asked)
            for item in page["items"]:
                yield item
            if left is not None:
                left -= len(page["items"])
            if page.get("next_cursor") is None:
                return
            asked["cursor"] = page["next_cursor"]

    async def _get(self, path: str, params: Params) -> Any:
        return (await self._send("GET", path, params=params)).json()

    async def _post(self, path: str, body: Any) -> Any:
        return (await self._send("POST", path, json_body=body)).json()

    async def _send(
        self, method: str, path: str, *, params: Params | None = None, json_body: Any = None
    ) -> httpx.Response:
        tries = 0
        while True:
            try:
                response = await self._http.request(method, path, params=params, json=json_body)
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                raise ConnectionFailed(self.endpoint, reason) from error
            tries += 1
            if method != "GET" or response.status_code not in calls.AGAIN or tries >= calls.TRIES:
                return calls.checked(response)
            await asyncio.sleep(calls.wait_s(response, tries))
