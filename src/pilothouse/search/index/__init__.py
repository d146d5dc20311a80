"""The index: vectors, chunks and words in a folder, and the ways to search them."""

from pilothouse.search.index.index import Index
from pilothouse.search.index.manifest import Manifest
from pilothouse.search.index.mmr import marginal

__all__ = ["Index", "Manifest", "marginal"]
