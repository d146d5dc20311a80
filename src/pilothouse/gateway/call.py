"""A call under way: what was asked, by whom, and what is known of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pilothouse.gateway.asking import Question, chain_of
from pilothouse.gateway.budgets import Reservation
from pilothouse.gateway.exchange import Exchange, Headers
from pilothouse.gateway.models import NANO, Holder, Route, Table
from pilothouse.gateway.recording import Finished
from pilothouse.gateway.request import Asked

_STREAMED: Final = ("stream", "stream_options")


@dataclass(slots=True, kw_only=True)
class Call:
    """A call under way. Steps read it, and change what their docstrings say."""

    exchange: Exchange
    asked: Asked
    """`asked.body` is what goes to the provider, in the protocol of `asked.path`."""
    holder: Holder
    table: Table
    chain: list[Route]
    """The route that is asked, then its fallbacks."""
    told: Finished
    """What is recorded of it; `told.notes` and `told.tags` take more."""
    head: Headers
    """Headers of the answer that are known before it."""
    reserved: Reservation = field(default_factory=Reservation)
    estimate: int = 0
    """Tokens of the question, for limits a minute."""
    cache_key: str = ""
    """"" where the answer is not to be kept."""
    policy: str = ""
    """Which guardrails look at it; what they masked is part of the question."""
    is_held: bool = False
    """Whether a stream is answered by a whole answer, which can be looked at first."""
    is_guarded: bool = False
    """Whether guardrails decide what of the answer is told."""
    guarded: object | None = None
    """What guardrails keep of it."""
    meant: object | None = None
    """What the semantic cache keeps of it."""

    @property
    def route(self) -> Route:
        """The one that is asked first."""
        return self.chain[0]

    def question(self) -> Question:
        """What goes to the provider."""
        body = self.asked.upstream_body()
        if self.is_held:
            body = {name: body[name] for name in body if name not in _STREAMED}
        return Question(
            path=self.asked.path,
            body=body,
            headers=self.exchange.headers,
            is_stream=self.asked.is_stream and not self.is_held,
        )

    def lead_to(self, route: Route) -> None:
        """Have another route asked first, and its fallbacks after it."""
        self.chain = chain_of(route, self.table.find, self.holder.may_ask)

    def tally_head(self) -> Headers:
        """Headers of the answer that tell how it came about."""
        told = self.told
        target = told.tally.target
        found: Headers = [
            (b"x-litellm-call-id", self.asked.id.encode()),
            (b"x-litellm-model-group", header(self.asked.name)),
            (b"x-litellm-attempted-retries", b"%d" % told.tally.retries),
            (b"x-litellm-attempted-fallbacks", b"%d" % told.tally.fallbacks),
        ]
        if target is not None:
            found.append((b"x-litellm-model-id", header(target.id)))
        if told.cache:
            found.append((b"x-cache", told.cache.encode()))
            if self.cache_key:
                found.append((b"x-litellm-cache-key", self.cache_key.encode()))
        if told.cost_nano is not None:
            found.append((b"x-litellm-response-cost", b"%.9f" % (told.cost_nano / NANO)))
        return found


def header(text: str) -> bytes:
    """A text as the value of a header, harmless."""
    return text.encode("ascii", "replace").replace(b"\r", b"?").replace(b"\n", b"?")
