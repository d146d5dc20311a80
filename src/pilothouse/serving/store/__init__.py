"""Conversations, answers and feedback of an app: in SQLite, PostgreSQL, or memory."""

from pilothouse.serving.store.models import Message, Thread
from pilothouse.serving.store.store import Store

__all__ = ["Message", "Store", "Thread"]
