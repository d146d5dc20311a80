"""What a guardrail is, what it looks at and what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pilothouse.gateway.errors import Refused

Stage = Literal["input", "output"]
Action = Literal["block", "mask", "flag", "retry"]
Fail = Literal["open", "closed"]
Streaming = Literal["window", "buffer", "after"]
Outcome = Literal["passed", "blocked", "masked", "flagged", "retried", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in a text that must not stand there."""

    start: int
    end: int
    kind: str
    """What is there: emails, a pattern's name."""
    replacement: str | None = None
    """What stands there after masking; None for a name of its kind."""
    restores: bool = False
    """Whether it is put back into the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a check says of a whole text."""

    passed: bool
    score: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a check of whole texts is asked about."""

    stage: Stage
    text: str
    """The texts that it applies to, together."""
    parts: Sequence[tuple[str, str]]
    """Each with its role: system, user, assistant, tool."""
    question: str
    """What the user asked last."""
    body: Mapping[str, Any]
    """The request."""
    project: str
    trace_id: str = ""
    parent: str = ""
    """A `traceparent` for what is asked meanwhile."""


Find = Callable[[str, int], list[Finding]]
"""Places in a text, which begins after so many characters of the answer; in order, apart."""
Judge = Callable[[Subject], Awaitable[Judgement]]


class Threads(Protocol):
    """Runs functions beside the event loop."""

    async def run(self, function: Callable[[], Any]) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How a guardrail looks: for places in texts, or at a whole."""

    find: Find | None = None
    window: int = 0
    """Characters of a stream that are held back while something may still be found in them."""
    judge: Judge | None = None
    wants_content: bool = False
    """Whether `judge` is asked about contents alone, without thoughts and arguments of calls."""
    threads: Threads | None = None
    """Where `find` runs that is somebody else's code and may take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A check with what is done about what it finds."""

    name: str
    type: str
    check: Check
    digest: str
    """Changes with all that it is configured by."""
    stages: tuple[Stage, ...]
    action: Action = "block"
    is_beside: bool = False
    """Whether it looks at the input while the model is asked already."""
    is_late: bool = False
    """Whether nobody waits for it: it only says what it found."""
    roles: tuple[str, ...] = ()
    """Whose texts of a request it looks at; () for all."""
    share: float = 1.0
    """Of calls that it looks at."""
    timeout_s: float = 5.0
    fail: Fail = "closed"
    is_everywhere: bool = False
    """Whether it holds for every call, whoever asks for it or not."""
    streaming: Streaming = "window"
    restores: bool = False
    """Whether what it masked of a request is put back into the answer."""
    most_retries: int = 1
    logs_blocked: bool = True
    """Whether a text that was blocked is recorded."""
    message: str = ""
    """What a client is told; "" for the reason."""


@dataclass(slots=True, kw_only=True)
class Checked:
    """What one check came to, as it is recorded."""

    guardrail: str
    type: str
    stage: Stage
    action: Action
    outcome: Outcome
    reason: str = ""
    score: float | None = None
    kinds: dict[str, int] = field(default_factory=dict)
    """How many places of each kind were found."""
    start_ns: int
    end_ns: int

    @property
    def is_hit(self) -> bool:
        """Whether it found something."""
        return self.outcome not in ("passed", "failed")


class Asks(Protocol):
    """What checks need of the gateway and of the server around it."""

    async def chat(self, route: str, body: dict[str, Any], subject: Subject) -> dict[str, Any]:
        """The whole answer of a route's models to a body of /chat/completions.

        Raises Refused.
        """
        ...

    async def vectors(self, embedder: str, texts: Sequence[str], project: str) -> Any:
        """A row of length one for each text; Any: an array of numpy."""
        ...

    async def evaluator(self, name: str, subject: Subject, timeout_s: float) -> Judgement:
        """What an evaluator that the server keeps says of a text."""
        ...

    async def rule(self, name: str, subject: Subject) -> Judgement:
        """What a guard of online evaluation says of a text."""
        ...


def refusal(guardrail: Guardrail, stage: Stage, reason: str) -> Refused:
    """What a client is told of a text that was stopped."""
    what = "the request" if stage == "input" else "the answer"
    refused = Refused(
        400,
        "guardrail_blocked",
        guardrail.message or f"{what} was stopped by guardrail {guardrail.name!r}: {reason}",
        type="guardrail_violation",
        param="messages" if stage == "input" else None,
        is_final=True,
    )
    refused.extra.append((b"x-pilothouse-guardrail", _header(guardrail.name)))
    return refused


def unanswered(guardrail: Guardrail, reason: str) -> Refused:
    """What a client is told where a guardrail could not be asked and fails closed."""
    told = f"guardrail {guardrail.name!r} could not be asked: {reason}"
    refused = Refused(503, "guardrail_failed", told)
    refused.extra.append((b"x-pilothouse-guardrail", _header(guardrail.name)))
    return refused


def _header(text: str) -> bytes:
    return text.encode("ascii", "replace").replace(b"\r", b"?").replace(b"\n", b"?")
