"""The library of evaluators as experiments use it, and what they spend on its evaluators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pilothouse.platform.experiments.running.orders import Order

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator as Built
    from pilothouse.evaluation.runner.records import RowResult
    from pilothouse.platform.evaluators.models import Evaluator


class Library(Protocol):
    """Evaluators that are kept, and those that are defined on the spot."""

    def get(self, evaluator_id: str) -> Evaluator: ...

    def build_definition(
        self, definition: Mapping[str, Any], *, name: str = "score", project_id: int | None = None
    ) -> Built: ...

    def spent(
        self,
        evaluator_id: str,
        version: int,
        *,
        verdicts: int,
        errors: int,
        cost: float | None,
        priced: int,
    ) -> None: ...


@dataclass(slots=True)
class _Spent:
    verdicts: int = 0
    errors: int = 0
    cost: float = 0.0
    priced: int = 0


class Spending:
    """What each evaluator of the library did in one experiment; told once, when it has ended."""

    def __init__(self, order: Order) -> None:
        self._asked = {each.name: (each.id, each.version) for each in order.evaluators if each.id}
        self._spent: dict[tuple[str, int], _Spent] = {}
        """By evaluator and version."""

    def add(self, row: RowResult) -> None:
        """Count the verdicts on a row; there are none where there was no answer."""
        for result in row.results if row.error is None else ():
            asked = self._asked.get(result.name)
            if asked is None:
                continue
            spent = self._spent.setdefault(asked, _Spent())
            spent.verdicts += result.status != "error"
            spent.errors += result.status == "error"
            if result.usage is not None and result.usage.cost is not None:
                spent.cost += result.usage.cost
                spent.priced += 1

    def tell(self, library: Library) -> None:
        """Add it to what the library knows of its evaluators."""
        for (evaluator_id, version), spent in self._spent.items():
            library.spent(
                evaluator_id,
                version,
                verdicts=spent.verdicts,
                errors=spent.errors,
                cost=spent.cost if spent.priced else None,
                priced=spent.priced,
            )
