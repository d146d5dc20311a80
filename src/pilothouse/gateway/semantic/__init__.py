"""The semantic cache: answers given again to questions that mean the same."""

from pilothouse.gateway.semantic.cache import SemanticCache

__all__ = ["SemanticCache"]
