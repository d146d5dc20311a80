"""What happens inside a run, told while it happens: steps, and the sources of an answer.

A target of one's own tells it by its context:

    with ctx.step("Look up the order", kind="tool", input={"order": 48213}) as step:
        step.output = await orders.get(48213)
    ctx.source("Damage in transit", url="https://…", text="Items that arrive damaged …")

Runnables tell it by LangChain's callbacks. Nothing is told where nobody listens.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from pilothouse.serving.values import Unserializable, to_json

Tell = Callable[[dict[str, Any]], None]
"""Is given steps and sources as the page has them; may be called from any thread."""
Status = Literal["running", "done", "error"]
SHOWN_CHARS: Final = 4_000
"""Of an input, an output or a source."""
_numbers: Final = itertools.count(1)


class Step:
    """One that is at work; entered and left like any context manager."""

    def __init__(
        self, tell: Tell | None, name: str, *, kind: str, given: Any, parent: str | None = None
    ) -> None:
        self.id = f"s{next(_numbers)}"
        self.name = name
        self.kind = kind
        self.output: Any = None
        """What came of it, if it is to be shown."""
        self._tell = tell
        self._given = shown(given)
        self._parent = parent
        self._begun = time.monotonic()

    def __enter__(self) -> Step:
        self._say("running")
        return self

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        self.end(error)

    def end(self, error: BaseException | None = None) -> None:
        """Over, and how."""
        self._say("done" if error is None else "error", error)

    def _say(self, status: Status, error: BaseException | None = None) -> None:
        if self._tell is None:
            return
        told: dict[str, Any] = {
            "type": "step",
            "id": self.id,
            "name": self.name[:200],
            "kind": self.kind,
            "status": status,
        }
        if self._given is not None:
            told["input"] = self._given
        if self._parent is not None:
            told["parent"] = self._parent
        if status != "running":
            told["ms"] = round((time.monotonic() - self._begun) * 1000)
        if error is not None:
            told["error"] = f"{type(error).__name__}: {error}"[:SHOWN_CHARS]
        elif status == "done" and self.output is not None:
            told["output"] = shown(self.output)
        self._tell(told)


def source(
    title: str, *, url: str | None = None, text: str | None = None, score: float | None = None
) -> dict[str, Any]:
    """A source as the page has it; only addresses of the web are links."""
    told: dict[str, Any] = {"title": title[:300]}
    if url is not None and url.startswith(("https://", "http://")):
        told["url"] = url[:2000]
    if text:
        told["text"] = text[:SHOWN_CHARS]
    if score is not None:
        told["score"] = float(score)
    return told


def source_of(document: Any) -> dict[str, Any] | None:
    """A retrieved document, of LangChain or as an object of JSON; None for anything else."""
    if isinstance(document, Mapping):
        text = document.get("page_content") or document.get("text") or document.get("content")
        about = document.get("metadata") or document
    else:
        text = getattr(document, "page_content", None)
        about = getattr(document, "metadata", None) or {}
    if not isinstance(text, str) or not isinstance(about, Mapping):
        return None
    place = str(about.get("url") or about.get("source") or "")
    title = str(about.get("title") or place.rpartition("/")[2] or place or text[:60])
    score = about.get("score", about.get("relevance_score"))
    number = score if isinstance(score, (int, float)) else None
    return source(title, url=place, text=text, score=number)


def sources_of(output: Any) -> list[dict[str, Any]]:
    """Those that an answer has beside its text."""
    if not isinstance(output, Mapping):
        return []
    for key in ("source_documents", "sources", "context", "documents"):
        found = output.get(key)
        if isinstance(found, list) and found:
            told = [source_of(each) for each in found]
            return [each for each in told if each is not None]
    return []


def shown(value: Any) -> str | None:
    """A value as people read it, of bounded length."""
    if value is None:
        return None
    if isinstance(value, str):
        return value[:SHOWN_CHARS]
    content = getattr(value, "content", None)
    if isinstance(content, str):  # a message of a tool
        return content[:SHOWN_CHARS]
    try:
        return to_json(value)[: SHOWN_CHARS * 4].decode("utf-8", "ignore")[:SHOWN_CHARS]
    except Unserializable:
        return str(value)[:SHOWN_CHARS]
