"""Providers of models: where they are reached, and with which key."""

from pilothouse.platform.providers.service import Providers

__all__ = ["Providers"]
