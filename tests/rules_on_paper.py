"""Rules without a server: on a database of records, with an evaluator that computes."""

from __future__ import annotations

from typing import Any

from fakes.no_models import NoModels
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.records import Records
from pilothouse.platform.rules.models import Rule
from pilothouse.platform.rules.service import RuleService


class Rules(RuleService):
    """Rules of the project "shop", whose number is 1."""

    def __init__(self, records: Records) -> None:
        with records.write() as session:
            session.run("INSERT INTO projects (name, created_at) VALUES ('shop', 1)")
        self.evaluators = EvaluatorService(records, NoModels())
        super().__init__(records, self.evaluators)

    def made(self, **more: Any) -> Rule:
        """A new rule with an evaluator of its own."""
        one = self.evaluators.create("valid", definition={"metric": "json_validity"})
        return self.create("r", project="shop", project_id=1, evaluator_id=one.id, **more)
