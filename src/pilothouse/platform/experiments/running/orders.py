"""What an experiment was asked to do, as its job keeps it: settled, with nothing to look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedEvaluator:
    """An evaluator as it was when the experiment began."""

    id: str
    """"" for one that is not in the library."""
    name: str
    version: int
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One experiment to run. A restart of the server runs the same one."""

    experiment_id: str
    dataset_id: str
    as_of: str
    splits: list[str] | None
    repetitions: int
    concurrency: int
    timeout_s: float
    budget_usd: float | None
    project_id: int
    """Whose prices count; 0 for those of the server."""
    target: dict[str, Any]
    evaluators: list[OrderedEvaluator]

    @property
    def state(self) -> datetime:
        """The state of the dataset that it runs over."""
        return datetime.fromisoformat(self.as_of)

    def document(self) -> dict[str, Any]:
        """The order as JSON takes it."""
        return asdict(self)


def order_of(document: Mapping[str, Any]) -> Order:
    """The order that a document keeps."""
    evaluators = [OrderedEvaluator(**each) for each in document["evaluators"]]
    return Order(**{**document, "evaluators": evaluators})
