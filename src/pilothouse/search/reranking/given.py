"""Makes a reranker of what users name."""

from __future__ import annotations

from typing import Any

from pilothouse.search.index.ranking import Rerank
from pilothouse.search.reranking.cross_encoder import CrossEncoder
from pilothouse.search.reranking.models import ModelReranker


def as_reranker(given: Rerank | str | Any, *, api_key: str | None = None) -> Rerank:
    """`cross-encoder:FOLDER`, `llm:NAME@URL`, or a function of a question and texts.

    Any: a function of a user's. Raises ValueError or TypeError saying what would do, RerankError
    for a folder that holds no such model, ImportError for what is not installed.
    """
    if isinstance(given, str):
        kind, _, rest = given.partition(":")
        if kind == "cross-encoder" and rest:
            return CrossEncoder(rest)
        if kind == "llm" and rest:
            return ModelReranker.at(rest, api_key=api_key)
        raise ValueError(f"{given!r} is no reranker: give cross-encoder:FOLDER or llm:NAME@URL")
    if callable(given):
        found: Rerank = given
        return found
    raise TypeError(f"{given!r} is no reranker: give an address or a function")
