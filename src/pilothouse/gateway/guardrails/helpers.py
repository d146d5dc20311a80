"""What checks ask: models through the gateway, embedders, and what the server keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pilothouse.gateway.embedding import Embedding
from pilothouse.gateway.errors import Refused
from pilothouse.gateway.guardrails.models import Judgement, Subject
from pilothouse.gateway.steps import Answered, Aside, Asides

if TYPE_CHECKING:
    from pilothouse.search.embedding.vectors import Vectors


class Kept(Protocol):
    """Evaluators and guards of online evaluation, as the server around the gateway keeps them."""

    async def evaluator(self, name: str, subject: Subject, timeout_s: float) -> Judgement: ...

    async def rule(self, name: str, subject: Subject) -> Judgement: ...


class Helpers:
    """All of it."""

    def __init__(self, embedding: Embedding, kept: Kept | None = None) -> None:
        self.embedding = embedding
        self._kept = kept
        self._asides: Asides | None = None

    def attach(self, asides: Asides) -> None:
        """Told once whom models are asked through."""
        self._asides = asides
        self.embedding.attach(asides)

    async def aside(self, aside: Aside) -> Answered:
        """Ask a model beside the call. Raises Refused."""
        if self._asides is None:
            raise Refused(503, "gateway_starting", "the gateway is starting: ask again")
        return await self._asides.aside(aside)

    async def chat(self, route: str, body: dict[str, Any], subject: Subject) -> dict[str, Any]:
        """The whole answer of a route's models; a span below the call's own."""
        aside = Aside(
            name=route,
            body=body,
            project=subject.project,
            notes={"for": "guardrail"},
            parent=subject.parent,
        )
        return (await self.aside(aside)).said

    async def vectors(self, embedder: str, texts: Sequence[str], project: str) -> Vectors:
        """A row of length one for each text."""
        return await self.embedding.vectors(embedder, texts, project=project)

    async def evaluator(self, name: str, subject: Subject, timeout_s: float) -> Judgement:
        """What an evaluator says. Raises LookupError where nobody keeps any."""
        if self._kept is None:
            raise LookupError(f"there is no evaluator {name!r}")
        return await self._kept.evaluator(name, subject, timeout_s)

    async def rule(self, name: str, subject: Subject) -> Judgement:
        """What a guard of online evaluation says. Raises LookupError where there is none."""
        if self._kept is None:
            raise LookupError(f"there is no guard {name!r}")
        return await self._kept.rule(name, subject)
