"""How the records keep what servers did of an experiment: lines of its journal, packed.

Each server that goes on with it has a run of its own, of which it brings one part after the other.
"""

from __future__ import annotations

from typing import Final

from pilothouse.platform.records import Session

AT_ONCE: Final = 200
"""Parts that are read at a time."""


def begin(session: Session, experiment_id: str) -> int:
    """The number of a new run, above that of all others."""
    row = session.one(
        "SELECT COALESCE(MAX(run), 0) AS run FROM experiment_journals WHERE experiment_id = :id",
        id=experiment_id,
    )
    run = 1 if row is None else int(row["run"]) + 1
    while not add(session, experiment_id, run, 0, b""):  # another server began at the same time
        run += 1
    return run


def add(session: Session, experiment_id: str, run: int, part: int, packed: bytes) -> bool:
    """Keep a part of a run; False where it is there already."""
    added = session.run(
        """
        INSERT INTO experiment_journals (experiment_id, run, part, packed)
        VALUES (:id, :run, :part, :packed)
        ON CONFLICT DO NOTHING
        """,
        id=experiment_id,
        run=run,
        part=part,
        packed=packed,
    )
    return added == 1


def parts(
    session: Session, experiment_id: str, after: tuple[int, int]
) -> tuple[list[bytes], tuple[int, int] | None]:
    """The next parts of an experiment's runs, packed, and where to go on."""
    rows = session.all(
        """
        SELECT run, part, packed FROM experiment_journals
        WHERE experiment_id = :id AND part > 0
            AND (run > :run OR (run = :run AND part > :part))
        ORDER BY run, part
        LIMIT :limit
        """,
        id=experiment_id,
        run=after[0],
        part=after[1],
        limit=AT_ONCE,
    )
    found = [bytes(row["packed"]) for row in rows]
    last = (int(rows[-1]["run"]), int(rows[-1]["part"])) if len(rows) == AT_ONCE else None
    return found, last


def forget(session: Session, experiment_id: str) -> None:
    """Drop all that was kept of an experiment."""
    session.run("DELETE FROM experiment_journals WHERE experiment_id = :id", id=experiment_id)
