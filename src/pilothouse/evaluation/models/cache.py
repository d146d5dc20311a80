"""Keeps answers in a file, so that the same question is paid once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.chat import ChatModel, Completion, Request, Token
from pilothouse.evaluation.models.wrapped import Wrapped
from pilothouse.evaluation.results import Usage

Mode = Literal["read-write", "read-only", "refresh", "off"]
"""`read-only`: what is not there is an error, for CI. `refresh`: asks anew and keeps the answer."""
_FORMAT: Final = "1"  # changes when the same request would be sent to a provider differently
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS completions (
    key BLOB PRIMARY KEY,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER))
) WITHOUT ROWID
"""


class Cache:
    """Answers by key in one SQLite file, which threads and processes may share."""

    def __init__(self, path: str | Path) -> None:
        """Raises ValueError where the file cannot be opened."""
        self.path = Path(path)
        self._lock = Lock()
        self._pid = os.getpid()
        self._warned = False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._opened()
        except (OSError, sqlite3.Error) as e:
            raise ValueError(f"the cache {str(path)!r} cannot be opened: {e}") from e

    def __reduce__(self) -> tuple[type[Cache], tuple[Path]]:
        """The same file, opened by another process."""
        return Cache, (self.path,)

    def get(self, key: bytes) -> Completion | None:
        """The answer kept under a key."""
        with self._lock:
            row = self._connection().execute(
                "SELECT body FROM completions WHERE key = :key", {"key": key}
            )
            found = row.fetchone()
        return None if found is None else _completion(json.loads(found[0]))

    def put(self, key: bytes, completion: Completion) -> None:
        """Keeps an answer. A full disk warns once: the answer is paid for and still of use."""
        body = json.dumps(_kept(completion), separators=(",", ":"))
        try:
            with self._lock:
                self._connection().execute(
                    "INSERT OR REPLACE INTO completions (key, body) VALUES (:key, :body)",
                    {"key": key, "body": body},
                )
        except sqlite3.Error as e:
            if not self._warned:
                self._warned = True
                warnings.warn(f"the cache {str(self.path)!r} keeps nothing: {e}", stacklevel=2)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._file.close()

    def _connection(self) -> sqlite3.Connection:
        if self._pid != os.getpid():  # a connection must not be used on both sides of a fork
            self._pid, self._file = os.getpid(), self._opened()
        return self._file

    def _opened(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        file.execute("PRAGMA busy_timeout = 5000")
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")  # a power cut costs answers, not the file
        file.execute(_SCHEMA)
        return file


class Cached(Wrapped):
    """A model whose complete answers are kept; identical questions at one time are asked once.

    A hit is marked, costs nothing and has no latency. A model that nothing identifies (a function
    without a version) is asked each time.
    """

    def __init__(self, inner: ChatModel, cache: Cache, *, mode: Mode = "read-write") -> None:
        super().__init__(inner)
        self.cache = cache
        self.mode = mode
        self.hits = 0
        self.misses = 0
        self._flights: dict[
            tuple[asyncio.AbstractEventLoop, bytes], asyncio.Future[Completion | ModelError | None]
        ] = {}

    async def complete(self, request: Request) -> Completion:
        """The answer that is kept, or the model's. Raises ModelError for a miss if read-only."""
        identity = self.identity
        if self.mode == "off" or (identity is None and self.mode != "read-only"):
            return await self.inner.complete(request)
        if identity is None:
            said = f"{self.name!r} is not cached, as nothing identifies it: give it a version"
            raise ModelError("CacheMiss", said)
        key = key_of(identity, request)
        kept = None if self.mode == "refresh" else self.cache.get(key)
        if kept is not None:
            return self._hit(kept)
        if self.mode == "read-only":
            raise ModelError("CacheMiss", f"{self.name!r} was not asked this before")
        return await self._once(key, lambda: self.inner.complete(request))

    async def _once(self, key: bytes, ask: Callable[[], Awaitable[Completion]]) -> Completion:
        """The answer to what somebody asks already, or one that others may wait for."""
        loop = asyncio.get_running_loop()
        while (flight := self._flights.get((loop, key))) is not None:
            outcome = await asyncio.shield(flight)
            if isinstance(outcome, Completion):
                return self._hit(outcome)
            if outcome is not None:
                raise outcome
        flight = self._flights[loop, key] = loop.create_future()
        outcome = None
        try:
            outcome = await ask()
            self.misses += 1
            if is_complete(outcome):
                self.cache.put(key, outcome)
        except ModelError as e:
            outcome = e
            raise
        finally:  # None where it was cancelled: one of those who wait asks in its place
            del self._flights[loop, key]
            flight.set_result(outcome)
        return outcome

    def _hit(self, completion: Completion) -> Completion:
        self.hits += 1
        usage = replace(completion.usage or Usage(), cost=0.0, calls=0)
        return replace(completion, cached=True, usage=usage, latency_ms=None, limits=None)


def key_of(identity: str, request: Request) -> bytes:
    """What a request to a model is kept under: all that its answer depends on."""
    asked = {
        "format": _FORMAT,
        "kind": "chat",
        "model": identity,
        "messages": [[m.role, m.content] for m in request.messages],
        "schema": request.schema,
        "schema_name": request.schema_name,
        "structure": request.structure,
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "top_logprobs": request.top_logprobs,
        "stop": list(request.stop),
        "repetition": request.repetition,
    }
    if request.extra:
        asked["extra"] = request.extra
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


def is_complete(completion: Completion) -> bool:
    """Whether an answer is worth keeping: whole, and not refused."""
    return completion.refusal is None and completion.finish_reason in {"stop", "tool_calls"}


def _kept(completion: Completion) -> dict[str, Any]:
    body = asdict(completion)
    for passing in ("limits", "latency_ms", "cached"):
        del body[passing]
    return body


def _completion(body: dict[str, Any]) -> Completion:
    usage, tokens = body.pop("usage"), body.pop("tokens")
    return Completion(
        **body,
        usage=None if usage is None else Usage(**usage),
        tokens=None if tokens is None else [Token(**token) for token in tokens],
    )
