"""Asks the embedding model of an evaluator, whatever kind of model its user has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pilothouse.evaluation.loops import run
from pilothouse.evaluation.models.chat import EmbeddingModel
from pilothouse.evaluation.models.given import as_embedder

Vectors = Sequence[Sequence[float]]


class Embedded(Protocol):
    """A model that makes vectors of texts."""

    def embed(self, texts: list[str]) -> Vectors:
        """One vector a text."""

    async def aembed(self, texts: list[str]) -> Vectors:
        """The same without blocking."""


def embedded(model: Any) -> Embedded:
    """LangChain's embeddings, a function of a list of texts, an address, or an `EmbeddingModel`.

    None is the local model. Raises ValueError for anything else.
    """
    if model is None or isinstance(model, str):
        model = as_embedder(model)
    if isinstance(model, EmbeddingModel):
        return _Native(model)
    if hasattr(model, "embed_documents"):
        return _LangChain(model)
    if callable(model):
        return _Function(model)
    raise ValueError(f"{model!r} makes no embeddings")


class _LangChain:
    def __init__(self, model: Any) -> None:
        self.model = model

    def embed(self, texts: list[str]) -> Vectors:
        vectors: Vectors = self.model.embed_documents(texts)
        return vectors

    async def aembed(self, texts: list[str]) -> Vectors:
        vectors: Vectors = await self.model.aembed_documents(texts)
        return vectors


class _Native:
    def __init__(self, model: EmbeddingModel) -> None:
        self.model = model

    def embed(self, texts: list[str]) -> Vectors:
        return run(self.aembed(texts))

    async def aembed(self, texts: list[str]) -> Vectors:
        return await self.model.embed(texts)


class _Function:
    def __init__(self, function: Callable[[list[str]], Vectors]) -> None:
        self.function = function

    def embed(self, texts: list[str]) -> Vectors:
        return self.function(texts)

    async def aembed(self, texts: list[str]) -> Vectors:
        from anyio import to_thread

        return await to_thread.run_sync(self.function, texts)
