"""The open services of a server, as what answers requests and what stops it know them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from pilothouse.platform.access.service import Access
from pilothouse.platform.alerts.wiring import Alerts
from pilothouse.platform.annotation.service import QueueService
from pilothouse.platform.backups.service import Backups
from pilothouse.platform.budgets.worker import BudgetWorker
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.experiments.running import ExperimentRuns
from pilothouse.platform.experiments.service import ExperimentService
from pilothouse.platform.feedback.service import FeedbackService
from pilothouse.platform.gateway.wiring import GatewayDoor
from pilothouse.platform.health.service import Health
from pilothouse.platform.ingest.langsmith.service import RunIngest
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.jobs.service import Jobs
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.providers.service import Providers
from pilothouse.platform.records import Records
from pilothouse.platform.releases.wiring import ReleaseDoor
from pilothouse.platform.retention.service import Housekeeper
from pilothouse.platform.rules.wiring import Online
from pilothouse.platform.settings import Settings
from pilothouse.platform.sharing.service import Shares
from pilothouse.platform.sharing.signed import Signed
from pilothouse.platform.store.engine import Store
from pilothouse.platform.traces import TraceEdits


@dataclass(slots=True, kw_only=True)
class Platform:
    """The open services of one server process."""

    settings: Settings
    records: Records
    store: Store
    projects: ProjectDirectory
    access: Access
    alerts: Alerts
    budgets: BudgetWorker
    prices: Prices
    providers: Providers
    gateway: GatewayDoor
    releases: ReleaseDoor
    jobs: Jobs
    housekeeper: Housekeeper
    backups: Backups
    ingest: Ingest
    trace_edits: TraceEdits
    runs: RunIngest
    datasets: DatasetService
    experiments: ExperimentService
    experiment_runs: ExperimentRuns
    evaluators: EvaluatorService
    online: Online
    prompts: PromptService
    feedback: FeedbackService
    queues: QueueService
    shares: Shares
    signed: Signed
    health: Health
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server was asked to stop: whoever streams for ever ends then."""

    def close(self) -> None:
        """Store what was acknowledged, then let go of everything."""
        self.ingest.close()
        self.store.close()
        self.access.close()
        self.records.close()

    async def ping(self) -> None:
        """Raise unless both stores answer."""
        await self.store.rows("SELECT 1")
        await asyncio.to_thread(self.records.ping)
