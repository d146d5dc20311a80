"""How evaluators are kept."""

from __future__ import annotations

import json
from typing import Final, cast

from pilothouse.platform.evaluators.models import (
    Definition,
    Evaluator,
    EvaluatorKind,
    EvaluatorVersion,
    stored_definition,
)
from pilothouse.platform.records import Session, micros, moment, verbatim
from pilothouse.platform.records.engine import Row

_EVALUATOR: Final = """
SELECT e.*, v.spent AS spent_now, v.priced AS priced_now,
    (SELECT COUNT(*) FROM rules r WHERE r.evaluator_id = e.id) AS rules
FROM evaluators e
JOIN evaluator_versions v ON v.evaluator_id = e.id AND v.version = e.version
"""


def one(session: Session, evaluator_id: str) -> Evaluator | None:
    """The evaluator of an id."""
    row = session.one(f"{_EVALUATOR} WHERE e.id = :id", id=evaluator_id)
    return None if row is None else _evaluator(row)


def page(
    session: Session,
    *,
    project_id: int | None = None,
    contains: str = "",
    kind: str = "",
    limit: int,
    offset: int = 0,
    after: tuple[int, str] | None = None,
) -> list[Evaluator]:
    """Evaluators, the newest first; with a project its own and those that all share."""
    rows = session.all(
        f"""
        {_EVALUATOR}
        WHERE (:any_project = 1 OR e.project_id IS NULL OR e.project_id = :project_id)
            AND (:kind = '' OR e.kind = :kind)
            AND LOWER(e.name) LIKE LOWER(:contains) ESCAPE '!'
            AND (:first = 1 OR e.created_at < :after OR (e.created_at = :after AND e.id < :id))
        ORDER BY e.created_at DESC, e.id DESC
        LIMIT :limit OFFSET :offset
        """,
        any_project=1 if project_id is None else 0,
        project_id=project_id or 0,
        kind=kind,
        contains=f"%{verbatim(contains)}%",
        first=1 if after is None else 0,
        after=0 if after is None else after[0],
        id="" if after is None else after[1],
        limit=limit,
        offset=offset,
    )
    return [_evaluator(row) for row in rows]


def add(session: Session, made: Evaluator, definition: Definition) -> None:
    """Keep an evaluator with its first version."""
    session.run(
        """
        INSERT INTO evaluators
            (id, project_id, name, description, kind, version, definition, extra, created_by,
             created_at, updated_at)
        VALUES
            (:id, :project_id, :name, :description, :kind, 1, :definition, :extra, :created_by,
             :now, :now)
        """,
        id=made.id,
        project_id=made.project_id,
        name=made.name,
        description=made.description,
        kind=made.kind,
        definition=stored_definition(definition),
        extra=json.dumps(dict(made.extra)),
        created_by=made.created_by,
        now=micros(),
    )
    _add_version(session, made.id, 1, definition, made.created_by)


def change(session: Session, changed: Evaluator) -> None:
    """Write what may change besides the definition."""
    session.run(
        """
        UPDATE evaluators
        SET name = :name, description = :description, extra = :extra, updated_at = :now
        WHERE id = :id
        """,
        id=changed.id,
        name=changed.name,
        description=changed.description,
        extra=json.dumps(dict(changed.extra)),
        now=micros(),
    )


def redefine(session: Session, evaluator: Evaluator, definition: Definition, by: str) -> None:
    """Give an evaluator another definition, as its next version."""
    version = evaluator.version + 1
    session.run(
        """
        UPDATE evaluators
        SET version = :version, definition = :definition, kind = :kind, updated_at = :now
        WHERE id = :id
        """,
        id=evaluator.id,
        version=version,
        kind=evaluator.kind,
        definition=stored_definition(definition),
        now=micros(),
    )
    _add_version(session, evaluator.id, version, definition, by)


def versions(session: Session, evaluator_id: str) -> list[EvaluatorVersion]:
    """All versions, the newest first."""
    rows = session.all(
        "SELECT * FROM evaluator_versions WHERE evaluator_id = :id ORDER BY version DESC",
        id=evaluator_id,
    )
    return [
        EvaluatorVersion(
            version=row["version"],
            definition=json.loads(row["definition"]),
            created_by=row["created_by"],
            created_at=moment(row["created_at"]),
        )
        for row in rows
    ]


def spend(
    session: Session,
    evaluator_id: str,
    version: int,
    *,
    verdicts: int,
    errors: int,
    spent: int,
    priced: int,
) -> None:
    """Add to what an evaluator did and cost so far, and to what that version of it cost."""
    session.run(
        """
        UPDATE evaluators
        SET verdicts = verdicts + :verdicts,
            errors = errors + :errors,
            spent = spent + :spent,
            priced = priced + :priced
        WHERE id = :id
        """,
        id=evaluator_id,
        verdicts=verdicts,
        errors=errors,
        spent=spent,
        priced=priced,
    )
    session.run(
        """
        UPDATE evaluator_versions
        SET spent = spent + :spent, priced = priced + :priced
        WHERE evaluator_id = :id AND version = :version
        """,
        id=evaluator_id,
        version=version,
        spent=spent,
        priced=priced,
    )


def remove(session: Session, evaluator_id: str) -> bool:
    """Remove an evaluator; whether it was there."""
    return session.run("DELETE FROM evaluators WHERE id = :id", id=evaluator_id) == 1


def _add_version(
    session: Session, evaluator_id: str, version: int, definition: Definition, by: str
) -> None:
    session.run(
        """
        INSERT INTO evaluator_versions (evaluator_id, version, definition, created_by, created_at)
        VALUES (:id, :version, :definition, :by, :now)
        """,
        id=evaluator_id,
        version=version,
        definition=stored_definition(definition),
        by=by,
        now=micros(),
    )


def _evaluator(row: Row) -> Evaluator:
    return Evaluator(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        description=row["description"],
        kind=cast("EvaluatorKind", row["kind"]),  # nothing else is written
        version=row["version"],
        definition=json.loads(row["definition"]),
        extra=json.loads(row["extra"]),
        rules=row["rules"],
        verdicts=row["verdicts"],
        errors=row["errors"],
        spent=row["spent"],
        priced=row["priced"],
        spent_now=row["spent_now"],
        priced_now=row["priced_now"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
