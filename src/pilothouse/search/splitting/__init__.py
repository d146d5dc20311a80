"""Cuts documents into chunks of a size that a model of embeddings can take."""

from pilothouse.search.splitting.api import METHODS, cutting, split

__all__ = ["METHODS", "cutting", "split"]
