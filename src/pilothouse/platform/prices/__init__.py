"""Prices that people enter for their own models and contracts; they win over the public list."""

from pilothouse.platform.prices.service import Prices

__all__ = ["Prices"]
