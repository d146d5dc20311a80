"""Makes a model of whatever users hand over: an address, a function, LangChain's, one of ours."""

from __future__ import annotations

import os
from typing import Any

from pilothouse.search.embedding.models import (
    CallableEmbedder,
    Embedder,
    EndpointEmbedder,
    HashEmbedder,
    LocalModel,
    ObjectEmbedder,
)

EmbedderLike = Embedder | str | Any
"""`local`, `openai:NAME`, `NAME@URL`, a function of a list of texts, or LangChain's embeddings."""


def as_embedder(given: EmbedderLike | None = None, *, api_key: str | None = None) -> Embedder:
    """The model of embeddings that was meant.

    Without one it is that of PILOTHOUSE_EMBEDDER, else `local`, the small model on this machine;
    `local:FOLDER` is another of its kind, `hash:384` counts words. Raises ValueError or TypeError
    saying what would do, ImportError where something is not installed.
    """
    from pilothouse.evaluation.models import Endpoint
    from pilothouse.evaluation.models.given import EMBEDDER
    from pilothouse.evaluation.models.given import as_embedder as as_model

    if given is None:
        given = os.environ.get(EMBEDDER) or "local"
    if isinstance(given, str):
        kind, _, rest = given.partition(":")
        if kind == "local":
            return LocalModel(rest or None)
        if kind == "hash" and "@" not in given:
            if rest and not rest.isdecimal():
                raise ValueError(f"{given!r}: say how many numbers a vector has, as in hash:384")
            return HashEmbedder(int(rest or 384))
        endpoint = as_model(given, api_key=api_key)
        assert isinstance(endpoint, Endpoint)
        return EndpointEmbedder(endpoint, address=given)
    if isinstance(given, Embedder):
        return given
    if hasattr(given, "embed_documents") and hasattr(given, "embed_query"):
        return ObjectEmbedder(given)
    if callable(given):
        return CallableEmbedder(given)
    raise TypeError(f"{given!r} is no model of embeddings: give an address or a function")
