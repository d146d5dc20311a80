"""Budgets: made, changed, removed."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pilothouse.platform.alerts import channel_records
from pilothouse.platform.budgets import records as kept
from pilothouse.platform.budgets.models import Budget
from pilothouse.platform.costs.splits import Unit
from pilothouse.platform.errors import BadRequest, Conflict, Forbidden, NotFound
from pilothouse.platform.query.scope import filter_of
from pilothouse.platform.records import Records, Session
from pilothouse.platform.records.lists import existing

MOST_BUDGETS: Final = 100
"""Of a project: each asks the store whenever they are listed, and every few minutes."""
_LEAST: Final = Decimal("0.000001")
_MOST: Final = Decimal(1_000_000_000)
_MOST_PERCENT: Final = 1000
Found = list[Budget]  # a name for annotations: in the class, `list` is a method


class Budgets:
    """Budgets of projects; a name stands once in a project."""

    def __init__(self, records: Records, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called when there is something new to look at."""
        self._records = records
        self._changed = changed

    def list(self, project_id: int | None = None) -> Found:
        """The budgets of a project, or all, by name."""
        with self._records.read() as session:
            return kept.every(session, project_id)

    def get(self, budget_id: str) -> Budget:
        """The budget of an id. Raises NotFound."""
        with self._records.read() as session:
            return _existing(session, budget_id)

    def create(
        self,
        project_id: int,
        *,
        name: str,
        amount: str | float | Decimal,
        period: Unit,
        filter: str = "",
        thresholds: Iterable[int] = (),
        channels: Iterable[str] = (),
        by: str = "",
    ) -> Budget:
        """A new budget. Raises BadRequest, Conflict when its name is taken, Forbidden."""
        now = datetime.now(UTC)
        made = Budget(
            id=str(uuid.uuid4()),
            project_id=project_id,
            name=name,
            amount=_amount(amount),
            period=period,
            filter=filter.strip(),
            thresholds=_thresholds(thresholds),
            channels=tuple(dict.fromkeys(channels)),
            created_by=by,
            created_at=now,
            updated_at=now,
        )
        filter_of(made.filter)
        with self._records.write() as session:
            _check_channels(session, made)
            if len(kept.every(session, project_id)) >= MOST_BUDGETS:
                raise Forbidden(f"a project has at most {MOST_BUDGETS:,} budgets")
            if not kept.add(session, made):
                raise _taken(name)
            made = _existing(session, made.id)
        self._changed()
        return made

    def change(self, budget_id: str, given: Mapping[str, Any]) -> Budget:  # Any: fields of Budget
        """The budget after a change of its fields; what was told may be told again.

        Raises NotFound, BadRequest, and Conflict when its name is taken.
        """
        checked = dict(given)
        if "amount" in checked:
            checked["amount"] = _amount(checked["amount"])
        if "thresholds" in checked:
            checked["thresholds"] = _thresholds(checked["thresholds"])
        if "channels" in checked:
            checked["channels"] = tuple(dict.fromkeys(checked["channels"]))
        with self._records.write() as session:
            session.hold("budgets", id=budget_id)  # somebody else may have changed it meanwhile
            found = _existing(session, budget_id)
            changed = dataclasses.replace(found, **checked)
            filter_of(changed.filter)
            _check_channels(session, changed)
            if not kept.change(session, changed):
                raise _taken(changed.name)
            changed = _existing(session, budget_id)
        self._changed()
        return changed

    def remove(self, budget_id: str) -> None:
        """Remove a budget. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove(session, budget_id):
                raise no_budget(budget_id)


def no_budget(budget_id: str) -> NotFound:
    """What is said of an id that no budget has, or none that may be seen."""
    return NotFound(f"there is no budget {budget_id!r}")


def _existing(session: Session, budget_id: str) -> Budget:
    return existing(kept.one(session, budget_id), no_budget(budget_id))


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a budget {name!r} already", {"field": "name"})


def _amount(given: str | float | Decimal) -> Decimal:
    """Dollars. Raises BadRequest."""
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        raise BadRequest("a budget is a number of US dollars", {"parameter": "amount"}) from None
    if not amount.is_finite() or not _LEAST <= amount <= _MOST:
        raise BadRequest(
            f"a budget is more than 0, a millionth at least, and at most {_MOST:,} US dollars",
            {"parameter": "amount"},
        )
    return amount


def _thresholds(given: Iterable[int]) -> tuple[int, ...]:
    """Percents, rising. Raises BadRequest."""
    found = tuple(sorted(set(given)))
    if any(not 0 < percent <= _MOST_PERCENT for percent in found):
        raise BadRequest(
            f"a threshold is 1 to {_MOST_PERCENT} percent", {"parameter": "thresholds"}
        )
    return found


def _check_channels(session: Session, budget: Budget) -> None:
    unknown = set(budget.channels) - channel_records.known(session, budget.channels)
    if unknown:
        raise BadRequest(f"there is no channel {min(unknown)!r}", {"parameter": "channels"})
