"""The ASGI app of an index."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from anyio import CapacityLimiter, to_thread
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from pilothouse.search.answering import Answerer
from pilothouse.search.embedding import EmbedderLike
from pilothouse.search.index import Index
from pilothouse.search.index.ranking import Rerank
from pilothouse.search.models import Hit
from pilothouse.search.serving import answers
from pilothouse.search.serving.answers import Question
from pilothouse.search.serving.bodies import (
    Asked,
    BadRequest,
    Part,
    Questioned,
    of_parameters,
    read_body,
)
from pilothouse.search.serving.changes import MOST_BYTES, Delete, Upsert
from pilothouse.search.serving.held import Answered, Held
from pilothouse.search.serving.metrics import Metrics
from pilothouse.search.serving.refusals import KNOWN, MISTAKE, Denied, Full, refusal, told
from pilothouse.search.serving.tracing import continued

log = logging.getLogger("pilothouse.search")
_PAGE: Final = Path(__file__).parent / "page"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_MOST_BYTES: Final = 1_000_000
_WAITING: Final = 256
"""Searches that may wait; the next is told to come back."""
Handler = Callable[[Request], Awaitable[Response]]


def search_app(
    folder: str | Path,
    embedder: EmbedderLike | None = None,
    *,
    rerank: Rerank | None = None,
    answerer: Answerer | None = None,
    writable: bool = False,
    keys: Iterable[str] = (),
    hosts: Iterable[str] = ("*",),
) -> Starlette:
    """An ASGI app that searches the index of a folder.

    `answerer` is the model behind `/v1/answer`; `writable` lets clients change the index. `keys`
    are those of which one has to be sent (`Authorization: Bearer`, `x-api-key`); without
    any, nobody is asked. `hosts` are the names that it answers to. Raises IndexUnusable for a
    folder that holds no index.
    """
    server = _Server(Held(Path(folder), embedder), rerank, answerer, keys, writable=writable)
    return Starlette(
        routes=[
            Route("/", server.page, name="page"),
            Route("/page/{name}", server.page),
            Route("/search", server.guarded("/search", server.book)),
            Route("/v1/search", server.guarded("/v1/search", server.search), methods=["POST"]),
            Route("/v1/answer", server.guarded("/v1/answer", server.answer), methods=["POST"]),
            Route("/v1/index", server.guarded("/v1/index", server.about)),
            Route("/v1/index/stats", server.guarded("/v1/index/stats", server.about)),
            *(
                Route(path, server.guarded(path, server.changing(kind)), methods=["POST"])
                for path, kind in (("/v1/index/upsert", Upsert), ("/v1/index/delete", Delete))
            ),
            Route("/healthz", server.healthy),
            Route("/readyz", server.healthy),
            Route("/metrics", server.metrics),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
    )


class _Server:
    """What the routes do."""

    def __init__(
        self,
        held: Held,
        rerank: Rerank | None,
        answerer: Answerer | None,
        keys: Iterable[str],
        *,
        writable: bool,
    ) -> None:
        self._held = held
        self._rerank = rerank
        self._answerer = answerer
        self._writable = writable
        self._keys = [_digest(key) for key in keys]
        self._metrics = Metrics()
        self._limiter: CapacityLimiter | None = None
        self._inside = 0

    async def book(self, request: Request) -> Response:
        """The route of the book: a text, unless `format=json`."""
        given = dict(request.query_params)
        shape = given.get("format", "book")
        if shape not in {"book", "json"}:
            raise BadRequest("format is book or json")
        asked = of_parameters(given)
        answered = await self._answered(asked)
        if shape == "json":
            return _json(self._structured(asked, answered))
        return _json("".join(map(_as_in_the_book, answered.hits[0])))

    async def search(self, request: Request) -> Response:
        """The structured route."""
        asked = read_body(await _body(request), Asked)
        return _json(self._structured(asked, await self._answered(asked)))

    async def answer(self, request: Request) -> Response:
        """What a model says of what is found."""
        answerer = self._answerer
        if answerer is None:
            raise Denied("this server answers nothing: start it with --answer-model")
        _check_kind(request)
        asked = read_body(await _body(request), Questioned)
        asked.wanted(self._rerank)  # what cannot be asked is refused before a stream begins
        question = Question(
            text=asked.query or "",
            search=lambda: self._answered(asked),
            headers=request.headers if asked.stream else {},
        )
        if not asked.stream:
            return _json(await answers.whole(answerer, question))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            answers.events(answerer, question), headers=headers, media_type="text/event-stream"
        )

    def changing(self, kind: type[Upsert | Delete]) -> Handler:
        """The route that changes the index as bodies of a kind say."""

        async def change(request: Request) -> Response:
            if not self._writable:
                raise Denied("this index is not changed over HTTP: start it with --writable")
            _check_kind(request)
            asked = read_body(await _body(request, MOST_BYTES), kind)
            try:
                done, version = await to_thread.run_sync(self._held.change, asked.change())
            except ValueError as e:
                raise BadRequest(str(e)) from None
            return _json({**done, "chunks": len(self._held.index), "index": {"version": version}})

        return change

    async def about(self, _: Request) -> Response:
        """What is served."""
        index = self._held.index
        manifest = index.manifest
        assert manifest is not None, "it was loaded from a folder"
        said = manifest.model_dump(mode="json", exclude={"files"})
        can = {
            "rerank": self._rerank is not None,
            "answer": None if self._answerer is None else self._answerer.model,
            "writable": self._writable,
        }
        return _json({**said, "sources": len(index.sources()), **can})

    async def page(self, request: Request) -> Response:
        """The page to search on, and its parts."""
        path = _PAGE / str(request.path_params.get("name", "index.html"))
        if path.name not in {"index.html", "search.js", "search.css"}:
            return _error(404, "not_found", "there is no such page")
        headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, headers=headers)

    async def healthy(self, _: Request) -> Response:
        """That it serves: the index was opened before."""
        return _json({"status": "ok", "version": self._held.version})

    async def metrics(self, _: Request) -> Response:
        """For Prometheus."""
        self._metrics.chunks.set(len(self._held.index))
        text = generate_latest(self._metrics.registry)
        return Response(text, media_type="text/plain; version=0.0.4")

    def guarded(self, route: str, handler: Handler) -> Handler:
        """A handler behind the keys, whose mistakes become answers, counted."""

        async def handle(request: Request) -> Response:
            response = await self._told(request, handler)
            self._metrics.requests.labels(route, str(response.status_code)).inc()
            return response

        return handle

    async def _told(self, request: Request, handler: Handler) -> Response:
        if self._keys and not self._knows(request):
            return _error(401, "unauthorized", "send a key as Authorization: Bearer KEY")
        try:
            with continued(request.headers):
                return await handler(request)
        except KNOWN as e:
            status, said = refusal(e)
            return _json(said, status, {"Retry-After": "1"} if isinstance(e, Full) else None)
        except Exception:
            log.exception("a request failed")
            return _json(MISTAKE, 500)

    async def _answered(self, asked: Asked) -> Answered:
        wanted = asked.wanted(self._rerank)
        queries = [asked.query] if asked.query is not None else asked.queries or []
        if self._limiter is None:
            self._limiter = CapacityLimiter(max(2, os.cpu_count() or 1))
        if self._inside >= _WAITING:
            raise Full(f"{_WAITING} searches wait already")
        self._inside += 1
        try:
            with self._metrics.inflight.track_inprogress():
                answered = await to_thread.run_sync(
                    self._held.ask, wanted, queries, limiter=self._limiter
                )
        finally:
            self._inside -= 1
        for part, spent_ms in (("embed", answered.embed_ms), ("search", answered.search_ms)):
            self._metrics.seconds.labels(asked.mode, part).observe(spent_ms / 1000)
        return answered

    def _structured(self, asked: Asked, answered: Answered) -> dict[str, Any]:
        index = self._held.index
        lists = [[_shown(hit, asked.include, index) for hit in hits] for hits in answered.hits]
        return {
            "results": lists if asked.queries is not None else lists[0],
            "timings": {"embed_ms": answered.embed_ms, "search_ms": answered.search_ms},
            "index": {"version": answered.version},
        }

    def _knows(self, request: Request) -> bool:
        """Whether a key is one of ours; each is compared, in constant time."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key")
        digest = _digest(given or "")
        return bool(given) and any(hmac.compare_digest(digest, key) for key in self._keys)


def _check_kind(request: Request) -> None:
    """Refuses what a page of another site can send without asking: it costs, or changes things."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadRequest("send the body as Content-Type: application/json")


async def _body(request: Request, most: int = _MOST_BYTES) -> bytes:
    """The body. Raises BadRequest for more than `most` bytes."""
    if int(request.headers.get("content-length") or 0) > most:
        raise BadRequest(f"the body has more than {most:,} bytes")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise BadRequest(f"the body has more than {most:,} bytes")
    return bytes(body)


def _as_in_the_book(hit: Hit) -> str:
    return f"From http://{hit.source}\n\n{hit.text}\n====\n\n"


def _shown(hit: Hit, include: Sequence[Part], index: Index) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": hit.id, "score": hit.score, "source": hit.source}
    if "text" in include:
        shown["text"] = hit.text
    if "metadata" in include:
        shown["metadata"] = hit.metadata
    if "vector" in include:
        rows = index.vector_of([hit.id])
        shown["vector"] = rows[0].tolist() if len(rows) else None
    return shown


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, headers=headers, media_type="application/json")


def _error(status: int, code: str, message: str) -> Response:
    return _json(told(code, message), status)
