"""Semantic search: read documents, cut them, embed them, index them, find in them."""

from pilothouse.search.building import build_index
from pilothouse.search.embedding import as_embedder
from pilothouse.search.errors import (
    BuildError,
    CrawlError,
    EmbeddingError,
    FilterError,
    IndexUnusable,
    LoadError,
    RerankError,
    SearchError,
)
from pilothouse.search.index import Index
from pilothouse.search.loading import crawl, load
from pilothouse.search.models import Chunk, Document, Hit
from pilothouse.search.reranking import as_reranker
from pilothouse.search.serving.process import serve_index
from pilothouse.search.splitting import split

__all__ = [
    "BuildError",
    "Chunk",
    "CrawlError",
    "Document",
    "EmbeddingError",
    "FilterError",
    "Hit",
    "Index",
    "IndexUnusable",
    "LoadError",
    "RerankError",
    "SearchError",
    "as_embedder",
    "as_reranker",
    "build_index",
    "crawl",
    "load",
    "serve_index",
    "split",
]
