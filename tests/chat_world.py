"""An app with a chat page whose answers wait until a test lets them go on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from pilothouse.serving import App, Context
from serving_world import Served, served

HEADERS = {"x-pilothouse-page": "1"}
MARKDOWN = """Here is **how**, with `code` and a source [1].

```python
def area(wide: float, tall: float) -> float:
    return wide * tall  # square metres
```

| part | price | days |
|---|---:|---:|
| lid | 14.00 | 3 |
| handle | 6.50 | 2 |

- first
- second
"""
XSS = (
    "<script>window.hacked = 1</script> <img src=x onerror='window.hacked = 2'> "
    "[click](javascript:window.hacked=3) ![i](https://evil.example/x.png) "
    "<a href='javascript:window.hacked=4'>a</a> **bold**"
)


@dataclass(slots=True)
class Gates:
    """Opened by the test, from its thread."""

    opened: defaultdict[str, threading.Event] = field(
        default_factory=lambda: defaultdict(threading.Event)
    )

    async def wait(self, name: str) -> None:
        await asyncio.to_thread(self.opened[name].wait, 60)


gates = Gates()


async def support(text: str, ctx: Context, history: list[dict[str, Any]]) -> AsyncIterator[str]:
    """Answers by what the question says."""
    if "steps" in text:
        with ctx.step("Look up order", input={"order": 48213}) as step:
            await gates.wait(f"step {text}")
            step.output = {"delivered": "17 October"}
        ctx.source("Damage in transit", url="https://example.com/a", text="Replaced in 60 days.")
    if "wait" in text:
        yield "One "
        yield "two "
        await gates.wait(text)
        yield "three."
        return
    if "fail" in text:
        raise ValueError("a secret of the target")
    if "markdown" in text:
        yield MARKDOWN
        return
    if "xss" in text:
        yield XSS
        return
    yield f"{len(history)} before: {text}"


@dataclass(slots=True)
class Chat:
    """The page's own API as a client of it."""

    app: Served
    mount: str = "support"

    def get(self, path: str) -> Any:
        answer = self.app.http.get(f"/ui/api{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.app.http.request(method, f"/ui/api{path}", json=body, headers=HEADERS)

    def ask(self, thread: str, text: str, key: str = "", **more: Any) -> list[tuple[str, Any]]:
        """The events of a question, to the end."""
        body = {"mount": self.mount, "key": key or f"key {text}", "text": text, **more}
        answer = self.send("POST", f"/threads/{thread}/runs", body)
        assert answer.status_code == 200, answer.text
        return events(answer.text)

    def messages(self, thread: str) -> list[dict[str, Any]]:
        return list(self.get(f"/threads/{thread}/messages")["items"])

    def texts(self, thread: str) -> list[str]:
        return [message["text"] for message in self.messages(thread)]


def events(text: str) -> list[tuple[str, Any]]:
    """(name, data) of each."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


@contextmanager
def chatting(target: Any = support, **options: Any) -> Iterator[Chat]:
    """A served app with a chat page."""
    app = App(target, chat_page="/", **options)
    with served(app) as running:
        yield Chat(running, next(iter(app.service.mounts)))
