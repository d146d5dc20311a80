"""Rerankers: what reads a question and a text together, and scores how well it is answered."""

from pilothouse.search.reranking.cross_encoder import CrossEncoder
from pilothouse.search.reranking.given import as_reranker
from pilothouse.search.reranking.models import ModelReranker

__all__ = ["CrossEncoder", "ModelReranker", "as_reranker"]
