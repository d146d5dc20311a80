"""What one turn tells while it goes on, as the page draws it.

run      what is asked: {"run_id", "thread_id", "question", "trace_id"}
text     more of the answer: {"text"}
step     a step that begins or ends; the same id again is the same step
source   something that the answer rests on
error    why there is no (whole) answer: {"code", "message", "retryable"}
end      the last one: {"status", "seq", "extra"}
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import aclosing
from typing import Any, Final

from pilothouse.serving.errors import Stopped, failure_of
from pilothouse.serving.journals import Journal
from pilothouse.serving.steps import sources_of
from pilothouse.serving.store.runs import RunStatus
from pilothouse.serving.talks import Talk
from pilothouse.serving.values import to_json

MOST_STEPS: Final = 500
MOST_SOURCES: Final = 50


class Turn:
    """Listens to a talk, from its beginning on."""

    def __init__(self, talk: Talk, *, expose: bool) -> None:
        self._talk = talk
        self._expose = expose
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._begun = time.monotonic()
        self._journal: Journal | None = None
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        """What was told before there was a journal."""
        self._steps: dict[str, dict[str, Any]] = {}
        self._sources: list[dict[str, Any]] = []
        talk.run.context.tell = self._heard
        talk.on_close = self._closing

    async def tell(self, journal: Journal) -> None:
        """Everything from the question to the end; raises nothing of the target's."""
        talk, run = self._talk, self._talk.run
        about = {
            "run_id": run.id,
            "thread_id": run.context.thread_id,
            "question": talk.question_seq,
            "trace_id": run.context.trace_id,
        }
        journal.add("run", to_json(about))
        self._journal, waiting = journal, self._waiting
        for name, told in waiting:
            self._say(name, told)
        status: RunStatus = "error"
        try:
            async with aclosing(talk.deltas()) as deltas:
                async for delta in deltas:
                    if delta.text:
                        self._say("text", {"text": delta.text})
            status = "success"
        except Exception as error:  # noqa: BLE001 - the page is told, the run has recorded it
            status = "interrupted" if isinstance(error, Stopped) else "error"
            self._say("error", self._told_of(error))
        finally:
            self._say("end", {"status": status, "seq": talk.last_seq, "extra": talk.extra})
            await journal.end(status)

    # --- steps and sources ---

    def _heard(self, told: dict[str, Any]) -> None:
        """From the event loop, or from a target's thread."""
        if threading.get_ident() == self._thread:
            self._take(told)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, told)

    def _take(self, told: dict[str, Any]) -> None:
        about = {name: value for name, value in told.items() if name != "type"}
        if told["type"] == "source":
            if about in self._sources or len(self._sources) >= MOST_SOURCES:
                return
            self._sources.append(about)
        elif about["id"] in self._steps or len(self._steps) < MOST_STEPS:
            about.setdefault("at", round((time.monotonic() - self._begun) * 1000))
            self._steps[about["id"]] = {**self._steps.get(about["id"], {}), **about}
        else:
            return
        self._say(told["type"], about)

    def _closing(self, error: BaseException | None) -> None:
        """The answer is there: what is kept beside it."""
        talk = self._talk
        for source in sources_of(talk.output):
            self._take({"type": "source", **source})
        for step in self._steps.values():
            if step["status"] == "running":
                self._take({**step, "type": "step", "status": "error", "error": "not ended"})
        told = {
            "ms": round((time.monotonic() - self._begun) * 1000),
            "steps": list(self._steps.values()),
            "sources": self._sources,
            "trace_id": talk.run.context.trace_id,
            "usage": talk.said.usage,
            "model": talk.said.model,
            "error": None if error is None else self._told_of(error),
        }
        talk.extra = {name: value for name, value in told.items() if value}

    def _told_of(self, error: BaseException) -> dict[str, Any]:
        failure = failure_of(error, expose=self._expose)
        return {
            "code": failure.code,
            "message": failure.message,
            "retryable": failure.retryable or failure.own,
        }

    def _say(self, name: str, told: dict[str, Any]) -> None:
        if self._journal is None:
            self._waiting.append((name, told))
        elif self._journal.ended_at is None:
            self._journal.add(name, to_json(told))
