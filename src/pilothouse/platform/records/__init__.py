"""The database of projects, people, keys, prices, views and jobs: SQLite or PostgreSQL."""

from pilothouse.platform.records.engine import (
    Records,
    RecordsError,
    Session,
    micros,
    micros_of,
    moment,
    storable,
    verbatim,
)

__all__ = [
    "Records",
    "RecordsError",
    "Session",
    "micros",
    "micros_of",
    "moment",
    "storable",
    "verbatim",
]
