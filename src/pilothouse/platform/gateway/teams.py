"""Teams: keys that share models, limits a minute and a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pilothouse.gateway.budgets import period_of
from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.gateway import team_records as kept
from pilothouse.platform.gateway.models import GatewayTeam, checked_models
from pilothouse.platform.records import Records, Session


class GatewayTeams:
    """The teams of this server's gateway."""

    def __init__(self, records: Records, forget: Callable[[int], None]) -> None:
        """`forget` is told the negative number of each team that changes."""
        self._records = records
        self._forget = forget

    def every(self) -> list[GatewayTeam]:
        """All teams, by name."""
        with self._records.read() as session:
            return kept.teams(session)

    def get(self, number: int) -> tuple[GatewayTeam, int, int]:
        """One team, what it spent in its present period, and how many keys it has.

        Raises NotFound.
        """
        with self._records.read() as session:
            team = existing(session, number)
            start, _ = period_of(team.period, datetime.now(UTC))
            return team, kept.spent(session, number, start), kept.keys_of(session, number)

    def create(self, *, name: str, models: Iterable[str] = (), **bounds: Any) -> GatewayTeam:
        """A new team; `bounds` are fields of one. Raises BadRequest, Conflict."""
        name = _checked_name(name)
        made = GatewayTeam(
            id=0, name=name, models=checked_models(models), created_at=datetime.now(UTC), **bounds
        )
        with self._records.write() as session:
            _refuse_twin(session, name, 0)
            kept.add(session, made)
            found = kept.named(session, name)
        assert found is not None
        return found

    def change(self, number: int, changes: dict[str, Any]) -> GatewayTeam:
        """The team after the given changes. Raises NotFound, BadRequest, Conflict."""
        if "models" in changes:
            changes["models"] = checked_models(changes["models"] or ())
        if "name" in changes:
            changes["name"] = _checked_name(changes["name"])
        with self._records.write() as session:
            session.hold("gateway_teams", id=number)
            changed = replace(existing(session, number), **changes)
            _refuse_twin(session, changed.name, number)
            kept.change(session, changed)
        self._forget(-number)
        return changed

    def remove(self, number: int) -> None:
        """Remove a team; its keys work on without it. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove(session, number):
                raise _unknown(number)
        self._forget(-number)


def existing(session: Session, number: int) -> GatewayTeam:
    """The team of a number. Raises NotFound."""
    found = kept.team(session, number)
    if found is None:
        raise _unknown(number)
    return found


def _unknown(number: int) -> NotFound:
    return NotFound(f"the gateway has no team {number}")


def _checked_name(name: str) -> str:
    if not name.strip():
        raise BadRequest("a team needs a name")
    return name.strip()


def _refuse_twin(session: Session, name: str, number: int) -> None:
    twin = kept.named(session, name)
    if twin is not None and twin.id != number:
        raise Conflict(f"there is a team {name!r} already")
