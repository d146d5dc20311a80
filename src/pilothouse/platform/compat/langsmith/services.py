"""What the routes of the LangSmith protocol translate into."""

from __future__ import annotations

from dataclasses import dataclass

from pilothouse.platform.access.service import Access
from pilothouse.platform.annotation.service import QueueService
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.experiments.service import ExperimentService
from pilothouse.platform.feedback.service import FeedbackService
from pilothouse.platform.ingest.langsmith.service import RunIngest
from pilothouse.platform.jobs.service import Jobs
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.providers.service import Providers
from pilothouse.platform.records import Records
from pilothouse.platform.rules.service import RuleService
from pilothouse.platform.settings import Settings
from pilothouse.platform.sharing.service import Shares
from pilothouse.platform.sharing.signed import Signed
from pilothouse.platform.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The platform's services, as far as the protocol needs them."""

    settings: Settings
    records: Records
    access: Access
    jobs: Jobs
    store: Store
    projects: ProjectDirectory
    prices: Prices
    runs: RunIngest
    datasets: DatasetService
    experiments: ExperimentService
    evaluators: EvaluatorService
    rules: RuleService
    providers: Providers
    prompts: PromptService
    feedback: FeedbackService
    queues: QueueService
    shares: Shares
    signed: Signed
