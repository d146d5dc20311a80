"""Models that turn texts into vectors: on this machine, behind a URL, or any function."""

from pilothouse.search.embedding.given import EmbedderLike, as_embedder
from pilothouse.search.embedding.models import (
    CallableEmbedder,
    Embedder,
    EndpointEmbedder,
    HashEmbedder,
    LocalModel,
    ObjectEmbedder,
)

__all__ = [
    "CallableEmbedder",
    "Embedder",
    "EmbedderLike",
    "EndpointEmbedder",
    "HashEmbedder",
    "LocalModel",
    "ObjectEmbedder",
    "as_embedder",
]
