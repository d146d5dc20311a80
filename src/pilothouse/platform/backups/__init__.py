"""Backups of everything: the spans, the records, and what they were written by."""

from pilothouse.platform.backups.service import Backups

__all__ = ["Backups"]
