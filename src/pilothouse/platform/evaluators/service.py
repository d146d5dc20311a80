"""The library of evaluators: made, changed into new versions, built, and what they cost so far."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.evaluators import records as kept
from pilothouse.platform.evaluators.building import Building, Models
from pilothouse.platform.evaluators.models import (
    Evaluator,
    EvaluatorKind,
    EvaluatorVersion,
    Json,
    billionths,
    checked_definition,
    kind_of,
)
from pilothouse.platform.records import Records, Session

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator as Built

Evaluators = list[Evaluator]  # a name for annotations: in the class, `list` is a method
Versions = list[EvaluatorVersion]
LONGEST_NAME = 200


class EvaluatorService:
    """Evaluators of projects, and of all projects together."""

    def __init__(self, records: Records, models: Models) -> None:
        self._records = records
        self._building = Building(models)
        self._changed: list[Callable[[], None]] = []

    def on_change(self, told: Callable[[], None]) -> None:
        """Have somebody told when an evaluator has changed, or is gone."""
        self._changed.append(told)

    def create(
        self,
        name: str,
        *,
        definition: Json,
        kind: EvaluatorKind | None = None,
        project_id: int | None = None,
        description: str = "",
        extra: Json | None = None,
        by: str = "",
    ) -> Evaluator:
        """A new evaluator. Raises BadRequest for a definition that cannot be built."""
        now = datetime.now(UTC)
        made = Evaluator(
            id=str(uuid.uuid4()),
            project_id=project_id,
            name=_checked_name(name),
            description=description,
            kind=kind or kind_of(definition),
            version=1,
            definition=definition,
            extra=extra or {},
            created_by=by,
            created_at=now,
            updated_at=now,
        )
        self._building.build(made.kind, definition, name=made.name, project_id=project_id)
        with self._records.write() as session:
            kept.add(session, made, checked_definition(made.kind, definition))
            return existing_evaluator(session, made.id)

    def get(self, evaluator_id: str) -> Evaluator:
        """The evaluator of an id. Raises NotFound."""
        with self._records.read() as session:
            return existing_evaluator(session, evaluator_id)

    def list(
        self,
        *,
        project_id: int | None = None,
        contains: str = "",
        kind: str = "",
        limit: int = 50,
        offset: int = 0,
        after: tuple[int, str] | None = None,
    ) -> Evaluators:
        """Evaluators, the newest first; with a project its own and those that all share."""
        with self._records.read() as session:
            return kept.page(
                session,
                project_id=project_id,
                contains=contains,
                kind=kind,
                limit=limit,
                offset=offset,
                after=after,
            )

    def change(
        self,
        evaluator_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        definition: Json | None = None,
        extra: Json | None = None,
        by: str = "",
    ) -> Evaluator:
        """The evaluator after a change; another definition makes a new version.

        Raises NotFound, and BadRequest for a definition that cannot be built.
        """
        given: dict[str, Any] = {
            "name": None if name is None else _checked_name(name),
            "description": description,
            "extra": extra,
        }
        if definition is not None:
            given |= {"kind": kind_of(definition), "definition": definition}
        given = {key: value for key, value in given.items() if value is not None}
        wanted = dataclasses.replace(self.get(evaluator_id), **given)
        if definition is not None:
            self.build(wanted)
        with self._records.write() as session:
            session.hold("evaluators", id=evaluator_id)  # another may have changed it meanwhile
            before = existing_evaluator(session, evaluator_id)
            changed = dataclasses.replace(before, **given)
            kept.change(session, changed)
            read = checked_definition(changed.kind, changed.definition)
            if read != checked_definition(before.kind, before.definition):
                kept.redefine(session, changed, read, by)
            found = existing_evaluator(session, evaluator_id)
        self._tell()
        return found

    def delete(self, evaluator_id: str, *, with_rules: bool = False) -> None:
        """Remove an evaluator; its scores stay. Raises NotFound, Conflict where rules use it."""
        with self._records.write() as session:
            found = existing_evaluator(session, evaluator_id)
            if found.rules and not with_rules:
                raise Conflict(
                    f"{found.rules} {'rule uses' if found.rules == 1 else 'rules use'} evaluator "
                    f"{found.name!r}: remove them first",
                    {"rules": found.rules},
                )
            kept.remove(session, evaluator_id)
        self._tell()

    def versions(self, evaluator_id: str) -> Versions:
        """All versions, the newest first. Raises NotFound."""
        with self._records.read() as session:
            existing_evaluator(session, evaluator_id)
            return kept.versions(session, evaluator_id)

    def build(
        self,
        evaluator: Evaluator,
        *,
        mapping: Mapping[str, str] | None = None,
        project_id: int | None = None,
        attempts: int | None = None,
    ) -> Built:
        """The evaluator, ready to judge rows, its model asked so many times at most for each.

        Raises BadRequest where its model is gone.
        """
        return self._building.build(
            evaluator.kind,
            evaluator.definition,
            name=evaluator.name,
            mapping=mapping,
            project_id=project_id or evaluator.project_id,
            attempts=attempts,
        )

    def build_definition(
        self,
        definition: Json,
        *,
        name: str = "score",
        mapping: Mapping[str, str] | None = None,
        project_id: int | None = None,
        attempts: int | None = None,
    ) -> Built:
        """The evaluator of a definition that nobody keeps. Raises BadRequest."""
        return self._building.build(
            kind_of(definition),
            definition,
            name=name,
            mapping=mapping,
            project_id=project_id,
            attempts=attempts,
        )

    def spent(
        self,
        evaluator_id: str,
        version: int,
        *,
        verdicts: int,
        errors: int,
        cost: float | None,
        priced: int,
    ) -> None:
        """Add to what an evaluator did and cost: dollars, and verdicts of which they are known."""
        with self._records.write() as session:
            kept.spend(
                session,
                evaluator_id,
                version,
                verdicts=verdicts,
                errors=errors,
                spent=billionths(cost) or 0,
                priced=priced,
            )

    def _tell(self) -> None:
        for told in self._changed:
            told()


def existing_evaluator(session: Session, evaluator_id: str) -> Evaluator:
    """The evaluator of an id. Raises NotFound."""
    found = kept.one(session, evaluator_id)
    if found is None:
        raise no_evaluator(evaluator_id)
    return found


def no_evaluator(evaluator_id: str) -> NotFound:
    """The error that there is no evaluator of an id."""
    return NotFound(f"there is no evaluator {evaluator_id!r}")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadRequest(f"the name of an evaluator has 1 to {LONGEST_NAME} characters")
    return name
