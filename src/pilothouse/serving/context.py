"""What a target may know of the request that it answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pilothouse.serving.steps import Step, Tell, source


@dataclass(slots=True, kw_only=True)
class Context:
    """Given to a parameter that is named `ctx` or annotated with this class.

    async def answer(question: str, ctx: Context) -> str: ...
    """

    run_id: str = ""
    trace_id: str | None = None
    """32 hex digits, where the run is traced."""
    thread_id: str | None = None
    """The conversation, where the request belongs to one."""
    branch: int = 0
    """The message at which it left what was said first; each branch has a memory of its own."""
    user: str | None = None
    """The name of whoever's key the request carried, or what the client calls its user."""
    owner: str = ""
    """Whose conversations it may see: the holder of the key, "" where none is asked for."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; credentials are left out."""
    deadline: float | None = None
    """On the clock of `time.monotonic()`."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """What the client may set of a Runnable's configuration."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """Earlier messages of the conversation, oldest first, each with `role` and `content`."""
    stopped: str | None = None
    """Why the run was ended from outside."""
    tell: Tell | None = None
    """Hears of steps and sources, where somebody watches."""

    def cancelled(self) -> bool:
        """Whether nobody waits for the answer any more: for code that cannot be interrupted."""
        return self.stopped is not None

    def remaining_s(self) -> float | None:
        """Seconds until the run is ended."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def step(self, name: str, *, kind: str = "tool", input: Any = None) -> Step:
        """Something that the target does, shown on the chat page while it is done.

        with ctx.step("Look up the order", input=number) as step:
            step.output = order
        """
        return Step(self.tell, name, kind=kind, given=input)

    def source(
        self,
        title: str,
        *,
        url: str | None = None,
        text: str | None = None,
        score: float | None = None,
    ) -> None:
        """Something that the answer rests on; the first one is cited as [1]."""
        if self.tell is not None:
            told = source(title, url=url, text=text, score=score)
            self.tell({"type": "source", **told})
