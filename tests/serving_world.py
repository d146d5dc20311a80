"""Targets that tests serve, and how they are served."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import httpx
import numpy as np
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from fakes.openai_server import OpenAI
from pilothouse.serving import App, Context
from servers import serving


@dataclass(slots=True)
class Served:
    """An app that runs, and a client for it."""

    url: str
    app: App
    http: httpx.Client

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.http.post(path, json=body, **more)

    def ask(self, path: str, given: Any) -> Any:
        """The output of a target."""
        answer = self.post(f"{path}/invoke", {"input": given})
        assert answer.status_code == 200, answer.text
        return answer.json()["output"]

    def wait(self, true: Callable[[], Any], timeout_s: float = 20.0) -> None:
        """Wait until something is so."""
        end = time.monotonic() + timeout_s
        while not true():
            assert time.monotonic() < end, "it never became so"
            time.sleep(0.005)


@contextmanager
def served(app: App) -> Iterator[Served]:
    """The app, served by this process."""
    with serving(app.asgi, whole=True) as url, httpx.Client(base_url=url, timeout=60) as http:
        yield Served(url, app, http)


def chat_model(provider: OpenAI, name: str = "gpt-4o-mini", **more: Any) -> ChatOpenAI:
    """A real model client, which keeps no connection open beyond the loop that it was used in."""
    return ChatOpenAI(
        model=name,
        temperature=0,
        base_url=provider.base_url,
        api_key="none",
        max_retries=0,
        http_async_client=httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0)),
        **more,
    )


class Point(BaseModel):
    x: int
    y: int = 2


@dataclasses.dataclass
class Box:
    wide: float
    tall: float = 1.0


class Row(TypedDict):
    name: str
    kind: Literal["a", "b"]


async def hello(name: str, ctx: Context) -> str:
    assert ctx.run_id
    return f"hello {name}"


def shout(text: str) -> str:
    """Runs in a thread.

    Args:
        text: What is shouted.
    """
    assert threading.current_thread().name.startswith("pilothouse-target")
    return text.upper()


def plus(a: int, b: int = 2) -> int:
    """Adds.

    Args:
        a: The first one.
        b: The second one, which
            has a default.
    """
    return a + b


async def words(text: str) -> AsyncIterator[str]:
    for word in text.split():
        yield word + " "
        await asyncio.sleep(0)


def numbers(n: int) -> Iterator[int]:
    yield from range(n)


def area(box: Box) -> float:
    return box.wide * box.tall


def moved(point: Point) -> Point:
    return Point(x=point.x + 1, y=point.y)


def named(row: Row) -> str:
    return f"{row['name']}:{row['kind']}"


def odd_values(_: Any = None) -> dict[str, Any]:
    return {
        "array": np.arange(3),
        "scalar": np.float32(0.5),
        "nan": float("nan"),
        "infinite": float("inf"),
        "time": dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        "id": uuid.UUID(int=7),
        "set": {1},
        "bytes": b"hi",
        "model": Point(x=1),
        "box": Box(2.0),
        "large": 2**70,
    }


class Counter:
    """Has a lifetime."""

    concurrency = 3
    closed = 0

    def __init__(self) -> None:
        self.count = 0
        self.ready = False

    async def setup(self) -> None:
        self.ready = True

    def invoke(self, by: int) -> int:
        assert self.ready
        self.count += by
        return self.count

    async def astream(self, by: int) -> AsyncIterator[int]:
        for n in range(by):
            yield n

    def close(self) -> None:
        type(self).closed += 1


class Old:
    """A chain of the old days."""

    def invoke(self, question: str) -> str:
        return f"old {question}"


class Talker:
    """Has `chat`."""

    def chat(self, messages: list[dict[str, Any]], temperature: float = 0.0) -> str:
        return f"{len(messages)}: {messages[-1]['content']} at {temperature}"
