"""Keeps the disk bounded: deletes what is older than its project keeps it."""

from pilothouse.platform.retention.service import Housekeeper

__all__ = ["Housekeeper"]
