"""Cuts documents into chunks of a size that a model of embeddings can take."""

from pilothouse.search.splitting.api import SPLITTERS, split

__all__ = ["SPLITTERS", "split"]
