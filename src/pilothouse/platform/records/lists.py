"""Lists of rows, the newest first: narrowed by what is asked for and nothing else, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pilothouse.platform.errors import ApiError
from pilothouse.platform.records.engine import Row, Session, verbatim

Found = TypeVar("Found")
Place = tuple[int, str]
"""Where a page ended: (microseconds, id)."""


class Where:
    """Conditions with their values; None and "" ask for nothing.

    What is not asked for is left out: a condition that may not count hides others from indexes.
    """

    def __init__(self, *conditions: str) -> None:
        self.values: dict[str, object] = {}
        self._conditions = list(conditions)

    def __str__(self) -> str:
        return " AND ".join(self._conditions) or "1 = 1"

    def equals(self, column: str, value: object) -> None:
        """A column has a value."""
        if value is not None and value != "":
            self._conditions.append(f"{column} = {self._bound(value)}")

    def is_one_of(self, column: str, values: Sequence[object] | None) -> None:
        """A column has one of some values; of an empty list none."""
        if values is not None:
            among = f"{column} IN {self._bound(list(values))}" if values else "1 = 0"
            self._conditions.append(among)

    def contains(self, columns: Sequence[str], text: str | None) -> None:
        """One of some columns has a text in it, small or capital."""
        if text:
            bound = self._bound(f"%{verbatim(text)}%")
            likes = [f"LOWER({column}) LIKE LOWER({bound}) ESCAPE '!'" for column in columns]
            self._conditions.append(f"({' OR '.join(likes)})")

    def begins(self, column: str, text: str | None) -> None:
        """A column begins with a text, small or capital."""
        if text:
            bound = self._bound(f"{verbatim(text)}%")
            self._conditions.append(f"LOWER({column}) LIKE LOWER({bound}) ESCAPE '!'")

    def holds(self, column: str, text: str) -> None:
        """A column has a text in it as it is written."""
        bound = self._bound(f"%{verbatim(text)}%")
        self._conditions.append(f"{column} LIKE {bound} ESCAPE '!'")

    def follows(self, at: str, row_id: str, place: Place | None) -> None:
        """A row stands after the end of a page of the newest first."""
        if place is not None:
            bound = ", ".join(map(self._bound, place))
            self._conditions.append(f"({at}, {row_id}) < ({bound})")

    def _bound(self, value: object) -> str:
        name = f"w{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def by_name(session: Session, table: str, project_id: int | None) -> list[Row]:
    """The rows of a project, or of all where it is None, by name."""
    return session.all(
        f"""
        SELECT *
        FROM {table}
        WHERE :every = 1 OR project_id = :project_id
        ORDER BY LOWER(name), name, id
        """,
        every=1 if project_id is None else 0,
        project_id=project_id or 0,
    )


def existing(found: Found | None, missing: ApiError) -> Found:
    """What was looked for. Raises `missing` where it is not there."""
    if found is None:
        raise missing
    return found


def newest_first(
    session: Session,
    select: str,
    where: Where,
    *,
    at: str = "created_at",
    row_id: str = "id",
    after: Place | None,
    limit: int,
    offset: int = 0,
) -> list[Row]:
    """A page of what `select` finds, by the columns of its time and its id."""
    where.follows(at, row_id, after)
    return session.all(
        f"{select} WHERE {where} ORDER BY {at} DESC, {row_id} DESC LIMIT :limit OFFSET :offset",
        limit=limit,
        offset=offset,
        **where.values,
    )
