"""Online evaluation put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.feedback.service import FeedbackService
from pilothouse.platform.ingest.maskers import Maskers
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.jobs.service import Jobs
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.rules.backfill import Backfills
from pilothouse.platform.rules.guard_desk import GuardDesk
from pilothouse.platform.rules.service import RuleService
from pilothouse.platform.rules.why import Reasons
from pilothouse.platform.rules.worker import RuleWorker
from pilothouse.platform.store.engine import Store

if TYPE_CHECKING:
    from pilothouse.platform.rules.guards import Guards
    from pilothouse.platform.rules.worker import Hands


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """Rules, what carries them out, and what tells of it."""

    rules: RuleService
    worker: RuleWorker
    backfills: Backfills
    reasons: Reasons
    guards: GuardDesk


def open_online(
    records: Records,
    store: Store,
    projects: ProjectDirectory,
    evaluators: EvaluatorService,
    feedback: FeedbackService,
    ingest: Ingest,
    jobs: Jobs,
    *,
    quiet_s: float,
) -> Online:
    """Online evaluation; traces are judged once they have been quiet for so long."""

    def hands() -> Hands:
        from pilothouse.platform.rules.hands import OnlineHands

        return OnlineHands(records, store, evaluators, Maskers(projects), feedback, ingest)

    def guards() -> Guards:
        from pilothouse.platform.rules.guards import Guards

        return Guards(records, rules, evaluators, projects, Maskers(projects), feedback, ingest)

    worker = RuleWorker(records, store, projects, hands, quiet_s=quiet_s)
    rules = RuleService(records, evaluators)
    rules.on_change(worker.wake)
    return Online(
        rules=rules,
        worker=worker,
        backfills=Backfills(records, store, rules, jobs, worker.wake),
        reasons=Reasons(records, store, quiet_s),
        guards=GuardDesk(rules, guards),
    )
