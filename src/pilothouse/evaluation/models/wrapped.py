"""What every wrapper around a model passes on."""

from __future__ import annotations

from collections.abc import Sequence

from pilothouse.evaluation.models.chat import ChatModel, Completion, Request, Structure


class Wrapped:
    """A model around another one; a subclass adds to `complete`.

    They nest as `Cached(Priced(Retrying(Limited(model))))`: a retry waits for its turn anew, and
    what the cache answers is neither waited for nor paid.
    """

    def __init__(self, inner: ChatModel) -> None:
        self.inner = inner

    @property
    def name(self) -> str:
        """That of the model within."""
        return self.inner.name

    @property
    def identity(self) -> str | None:
        """What a cache knows the model by; None where nothing tells it for sure."""
        identity: str | None = getattr(self.inner, "identity", None)
        return identity

    @property
    def structures(self) -> Sequence[Structure]:
        """Those of the model within."""
        return self.inner.structures

    async def complete(self, request: Request) -> Completion:
        """The answer of the model within."""
        return await self.inner.complete(request)


def has(model: ChatModel, kind: type[Wrapped]) -> bool:
    """Whether a wrapper of this kind is around a model already."""
    while isinstance(model, Wrapped):
        if isinstance(model, kind):
            return True
        model = model.inner
    return False
