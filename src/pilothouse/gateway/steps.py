"""The steps of a call that other rooms fill: guardrails, experiments, the semantic cache.

Each is one object of `Needs`, made where the gateway is put together; by itself it does nothing.
All of them see the protocol of the client: `call.asked.path` says which one, whatever the provider
speaks. A step refuses a call by raising `Refused`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pilothouse.spans import Usage

if TYPE_CHECKING:  # they name what stands here
    from pilothouse.gateway.asking import Started, Whole
    from pilothouse.gateway.cache import Entry
    from pilothouse.gateway.call import Call

    Found = Whole | Started
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A question of the gateway's own: a judge's, or a client's asked again for a shadow."""

    name: str
    """Of a route or model, as clients write it."""
    body: Mapping[str, Any]
    """A request of the protocol of `path`, whole: never a stream."""
    project: str
    """Where it is recorded."""
    path: str = "/chat/completions"
    timeout_s: float = 60.0
    tags: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What its span's metadata say in `gateway`."""
    parent: str = ""
    """A `traceparent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a model answered to an aside."""

    said: Json
    usage: Usage | None
    cost_nano: int | None
    target: str
    duration_ms: float
    trace_id: str
    span_id: str


class Asides(Protocol):
    """Asks models beside the calls of clients: once, recorded, on nobody's budget."""

    async def aside(self, aside: Aside) -> Answered:
        """Ask. Raises Refused where no answer came."""
        ...


class StreamGuard(Protocol):
    """What looks at one stream. It may hold back what it cannot judge yet."""

    async def passed(self, block: bytes) -> bytes:
        """What the client may be sent now; blocks are whole events. Raises Refused to end it."""
        ...

    async def rest(self) -> bytes:
        """What was held back, at the end. Raises Refused."""
        ...


class Guards(Protocol):
    """Guardrails on what goes to a model and what comes from it."""

    def attach(self, asides: Asides) -> None:
        """Told once whom a judge can be asked through."""
        ...

    async def question(self, call: Call) -> None:
        """Look at a question; may put another `call.asked.body`. Raises Refused."""
        ...

    async def beside(self, call: Call, asking: Awaitable[Found]) -> Found:
        """What models answer, while checks of the question still look. Raises Refused."""
        ...

    async def answer(self, call: Call, body: bytes, said: Json) -> tuple[bytes, Json]:
        """The whole answer as the client gets it; may put another `call.told.answer`.

        Raises Refused.
        """
        ...

    def stream(self, call: Call) -> StreamGuard | None:
        """What looks at the stream of a call; None where nothing does."""
        ...

    def ended(self, call: Call) -> None:
        """The call is over, and recorded next. Never waits."""
        ...

    async def working(self) -> None:
        """What runs beside the answers, until cancelled."""
        ...


class Arms(Protocol):
    """A/B splits, canaries and shadows."""

    def attach(self, asides: Asides) -> None:
        """Told once through whom a shadow is asked."""
        ...

    def choose(self, call: Call) -> None:
        """May call `call.lead_to` with another route, or put another `call.asked.body`.

        It comes before limits, budget and cache, as it changes what they are about. Synchronous:
        every call waits for it.
        """
        ...

    def ended(self, call: Call) -> None:
        """The last byte was sent, or the call failed; a shadow may be sent off. Never waits."""
        ...

    async def working(self) -> None:
        """What runs beside the answers, until cancelled."""
        ...


class Similar(Protocol):
    """The semantic cache, asked where the exact one has nothing."""

    async def find(self, call: Call) -> Entry | None:
        """An answer to a question that means the same. May add to `call.head`."""
        ...

    def store(self, call: Call, entry: Entry) -> None:
        """An answer was kept under `call.cache_key`. Never waits."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    async def working(self) -> None:
        """What runs beside the answers, until cancelled."""
        ...


class NoGuards:
    """Lets everything pass."""

    def attach(self, asides: Asides) -> None: ...

    async def question(self, call: Call) -> None: ...

    async def beside(self, call: Call, asking: Awaitable[Found]) -> Found:
        return await asking

    async def answer(self, call: Call, body: bytes, said: Json) -> tuple[bytes, Json]:
        return body, said

    def stream(self, call: Call) -> StreamGuard | None:
        return None

    def ended(self, call: Call) -> None: ...

    async def working(self) -> None: ...


class NoArms:
    """Leaves every call as it is."""

    def attach(self, asides: Asides) -> None: ...

    def choose(self, call: Call) -> None: ...

    def ended(self, call: Call) -> None: ...

    async def working(self) -> None: ...


class NoSimilar:
    """Knows nothing that is alike."""

    async def find(self, call: Call) -> Entry | None:
        return None

    def store(self, call: Call, entry: Entry) -> None: ...

    def clear(self) -> None: ...

    async def working(self) -> None: ...
