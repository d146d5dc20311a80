"""The REST API as Python calls."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
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


class Client:
    """Talks to a Pilothouse server.

    `endpoint` and `api_key` default to PILOTHOUSE_ENDPOINT and PILOTHOUSE_API_KEY. Lists follow
    their pages by themselves; `limit` bounds what they give in all. Times are aware datetimes or
    RFC 3339 text. Raises the errors of `pilothouse.client.errors`.

        with Client("http://localhost:8484") as client:
            for trace in client.traces("support", filter='status = "error"', limit=20):
                print(trace["name"], trace["error_type"])
    """

    def __init__(
        self,
        endpoint: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.endpoint = calls.address(endpoint)
        self._http = httpx.Client(
            base_url=self.endpoint,
            headers=calls.headers(api_key),
            timeout=timeout_s,
            trust_env=not calls.is_loopback(self.endpoint),
            transport=transport,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def ready(self) -> bool:
        """Whether the server answers and both of its stores do."""
        try:
            return self._http.get("/readyz").is_success
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
    ) -> Iterator[Trace]:
        """Traces, the newest first unless `order_by` says otherwise."""
        asked = calls.window(project, since, until, filter, q, order_by)
        return self._pages(calls.path("traces"), asked, limit)

    def trace(
        self, trace_id: str, project: str | None = None, *, payloads: bool = True
    ) -> TraceDetail:
        """A trace with its spans; without `payloads` they come without inputs and outputs."""
        asked = calls.given({"project": project, "payloads": None if payloads else False})
        found: TraceDetail = self._get(calls.path("traces", trace_id), asked)
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
    ) -> Iterator[Span]:
        """Spans, the newest first unless `order_by` says otherwise."""
        asked = calls.window(project, since, until, filter, q, order_by)
        return self._pages(calls.path("spans"), asked, limit)

    def span(
        self, span_id: str, *, trace_id: str | None = None, project: str | None = None
    ) -> Span:
        """All of one span."""
        place = ("spans", span_id) if trace_id is None else ("traces", trace_id, "spans", span_id)
        found: Span = self._get(calls.path(*place), calls.given({"project": project}))
        return found

    def count_spans(
        self,
        project: str | None = None,
        *,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
    ) -> int:
        """How many spans there are."""
        asked = calls.window(project, since, until, filter, None)
        answer: Json = self._post(calls.path("spans", "count"), asked)
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
    ) -> Iterator[Session]:
        """Sessions, the newest first unless `order_by` says otherwise."""
        asked = calls.window(project, since, until, filter, q, order_by)
        return self._pages(calls.path("sessions"), asked, limit)

    def session(self, session_id: str, project: str | None = None) -> SessionDetail:
        """A session with its turns."""
        asked = calls.given({"project": project})
        found: SessionDetail = self._get(calls.path("sessions", session_id), asked)
        return found

    def users(
        self,
        project: str | None = None,
        *,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
        limit: int | None = None,
    ) -> Iterator[Json]:
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
    ) -> Iterator[Score]:
        """Scores, the newest first."""
        more = {"trace_id": trace_id, "span_id": span_id, "session_id": session_id}
        asked = calls.window(project, since, until, None, None)
        asked |= calls.given({**more, "name": name, "source": source})
        return self._pages(calls.path("scores"), asked, limit)

    def add_scores(self, *scores: Score) -> list[Score]:
        """Keeps scores; one with the same id, or the same target and name, replaces itself."""
        answer = self._post(calls.path("scores"), list(scores))
        kept: list[Score] = answer["items"]
        return kept

    def delete_score(self, score_id: str, project: str | None = None) -> None:
        """Takes a score back."""
        asked = calls.given({"project": project})
        self._send("DELETE", calls.path("scores", score_id), params=asked)

    def projects(self) -> Iterator[Project]:
        """All projects, by name."""
        return self._pages(calls.path("projects"), {}, None)

    def project(self, name: str) -> Project:
        """One project."""
        found: Project = self._get(calls.path("projects", name), {})
        return found

    def create_project(
        self, name: str, *, description: str = "", retention_days: int | None = None
    ) -> Project:
        """A new project."""
        body = calls.given({"name": name, "retention_days": retention_days})
        if description:
            body["description"] = description
        made: Project = self._post(calls.path("projects"), body)
        return made

    def delete_project(self, name: str) -> Json:
        """Starts the job that removes all of a project, and gives that job."""
        response = self._send("DELETE", calls.path("projects", name))
        job: Json = response.json()
        return job

    def metrics(
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
        answer: Metrics = self._post(calls.path("metrics", "query"), body)
        return answer

    def export(
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
    ) -> Iterator[bytes]:
        """The whole result as a file, piece by piece as it arrives."""
        asked = calls.window(project, since, until, filter, q)
        asked |= {"scope": scope, "format": format, "payloads": payloads}
        try:
            with self._http.stream("GET", calls.path("export"), params=asked) as response:
                if not response.is_success:
                    response.read()
                calls.checked(response)
                yield from response.iter_bytes()
        except httpx.HTTPError as error:
            raise ConnectionFailed(self.endpoint, str(error)) from error

    def export_rows(
        self,
        scope: Scope = "traces",
        *,
        project: str | None = None,
        since: When | None = None,
        until: When | None = None,
        filter: str | None = None,  # noqa: A002 - the API's word
        q: str | None = None,
        payloads: bool = True,
    ) -> Iterator[Json]:
        """The whole result, row by row."""
        rest = b""
        for piece in self.export(
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

    def _pages(self, path: str, asked: Params, limit: int | None) -> Iterator[Any]:
        left = limit
        asked = dict(asked)
        while left is None or left > 0:
            asked["limit"] = calls.PAGE if left is None else min(left, calls.PAGE)
            page = self._get(path, asked)
            yield from page["items"]
            if left is not None:
                left -= len(page["items"])
            if page.get("next_cursor") is None:
                return
            asked["cursor"] = page["next_cursor"]

    def _get(self, path: str, params: Params) -> Any:
        return self._send("GET", path, params=params).json()

    def _post(self, path: str, body: Any) -> Any:
        return self._send("POST", path, json_body=body).json()

    def _send(
        self, method: str, path: str, *, params: Params | None = None, json_body: Any = None
    ) -> httpx.Response:
        tries = 0
        while True:
            try:
                response = self._http.request(method, path, params=params, json=json_body)
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                raise ConnectionFailed(self.endpoint, reason) from error
            tries += 1
            if method != "GET" or response.status_code not in calls.AGAIN or tries >= calls.TRIES:
                return calls.checked(response)
            time.sleep(calls.wait_s(response, tries))
