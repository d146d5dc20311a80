"""Begins experiments, and runs them as jobs that survive a restart.

The runner of the evaluation library does the work; its journal is what a restarted server goes on
from, so that nothing is paid for twice. Rows become spans and scores as if somebody had sent them.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from pilothouse.platform.datasets.models import Example
from pilothouse.platform.datasets.reading import place_of
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.experiments.models import Experiment
from pilothouse.platform.experiments.running.journals import Journals
from pilothouse.platform.experiments.running.orders import Order, OrderedEvaluator, order_of
from pilothouse.platform.experiments.running.spending import Library, Spending
from pilothouse.platform.experiments.running.targets import Opened, Targets
from pilothouse.platform.experiments.service import ExperimentService
from pilothouse.platform.jobs import JobContext, JobFailed, Jobs
from pilothouse.platform.jobs.service import new_number
from pilothouse.platform.patience import insist_on
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.records import Session

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator as Built
    from pilothouse.evaluation.runner.engine import Engine
    from pilothouse.evaluation.runner.examples import Example as RunnerExample
    from pilothouse.evaluation.runner.records import RowResult
    from pilothouse.platform.experiments.running.shapes import InlineEvaluator, NewRun
    from pilothouse.platform.experiments.running.storing import Scores, Spans

KIND: Final = "experiment"
RUNNING: Final = "running"
_FAILED: Final = ("failed", "budget")
"""Outcomes of a run that ended before all rows were done, and not by somebody's wish."""
AT_ONCE: Final = 4
"""Experiments that run beside each other; more wait."""
PAGE: Final = 500
TOLD_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where rows go."""

    spans: Spans
    scores: Scores
    journals: Journals


class ExperimentRuns:
    """Experiments that the server runs itself."""

    def __init__(
        self,
        experiments: ExperimentService,
        datasets: DatasetService,
        targets: Targets,
        library: Library,
        projects: ProjectDirectory,
        jobs: Jobs,
        stores: Stores,
    ) -> None:
        self._experiments = experiments
        self._datasets = datasets
        self._targets = targets
        self._library = library
        self._projects = projects
        self._jobs = jobs
        self._stores = stores
        jobs.register(KIND, self._run, at_once=AT_ONCE, cancellable=True, clean_up=self._clean_up)

    # ---- to begin one

    def start(self, asked: NewRun, by: str = "") -> tuple[Experiment, str]:
        """An experiment that fills with rows, and the job that does it.

        Whatever can be wrong is found here: raises BadRequest, NotFound, Conflict, Unavailable.
        """
        project_id = 0 if asked.project is None else self._projects.get(asked.project).id
        dataset = self._datasets.get(asked.dataset_id)
        state = self._datasets.state(dataset.id, asked.version)
        if not self._datasets.examples(dataset.id, as_of=state, splits=asked.splits, limit=1):
            raise BadRequest("there are no examples to run over: the dataset or split is empty")
        target = self._targets.settled(asked.target, project_id)
        evaluators = [self._ordered(each, project_id) for each in asked.evaluators]
        twice = [name for name, n in Counter(e.name for e in evaluators).items() if n > 1]
        if twice:
            raise BadRequest(f"two evaluators give a score {twice[0]!r}: rename one of them")
        experiment_id, job_id = str(uuid4()), new_number()
        order = Order(
            experiment_id=experiment_id,
            dataset_id=dataset.id,
            as_of=state.isoformat(),
            splits=asked.splits,
            repetitions=asked.repetitions,
            concurrency=asked.concurrency,
            timeout_s=asked.timeout_s,
            budget_usd=asked.budget_usd,
            project_id=project_id,
            target=target,
            evaluators=evaluators,
        )
        shown = {key: value for key, value in target.items() if key != "sealed_headers"}
        name = asked.name or _name(shown)
        about = {
            "target": shown,
            "evaluators": [{"id": e.id, "name": e.name, "version": e.version} for e in evaluators],
            "budget_usd": asked.budget_usd,
            "job_id": job_id,
            "outcome": RUNNING,
        }

        def with_job(session: Session) -> None:
            self._jobs.add(
                session,
                job_id,
                KIND,
                title=f"Experiment {name}",
                arguments=order.document(),
                created_by=by,
            )

        experiment = self._experiments.create(
            name,
            dataset.id,
            id=experiment_id,
            description=asked.description,
            extra={"metadata": {**asked.metadata, "run": about}},
            dataset_version=state,
            num_repetitions=asked.repetitions,
            evaluator_keys=[each.name for each in evaluators],
            by=by,
            with_it=with_job,
        )
        self._jobs.wake()
        return experiment, job_id

    def _ordered(self, asked: str | InlineEvaluator, project_id: int) -> OrderedEvaluator:
        if isinstance(asked, str):
            kept = self._library.get(asked)
            found = OrderedEvaluator(
                id=kept.id,
                name=kept.name,
                version=kept.version,
                definition=dict(kept.definition),
            )
        else:
            found = OrderedEvaluator(id="", name=asked.name, version=1, definition=asked.definition)
        self._built(found, project_id)
        return found

    def _built(self, ordered: OrderedEvaluator, project_id: int) -> Built:
        return self._library.build_definition(
            ordered.definition, name=ordered.name, project_id=project_id or None
        )

    # ---- to run it

    async def _run(self, context: JobContext) -> dict[str, Any]:
        order = order_of(context.job.arguments)
        spending = Spending(order)
        found: dict[str, Any] = {}
        outcome = "done"
        try:
            if before := await insist_on(self._ended_before, order):
                return {"experiment_id": order.experiment_id, "outcome": before}
            async with self._targets.opened(order) as opened:
                found = await self._ran(context, order, opened, spending)
        except asyncio.CancelledError:
            if not context.cancelled:
                raise  # the server stops, and the next one goes on
            outcome = "cancelled"
        except JobFailed:
            raise
        except Exception as error:
            await insist_on(self._end, order, _outcome_of(error), spending)
            if said := _said_of(error):
                raise JobFailed(said) from None
            raise
        await insist_on(self._end, order, outcome, spending)
        return {"experiment_id": order.experiment_id, "outcome": outcome, **found}

    async def _clean_up(self, context: JobContext) -> dict[str, Any]:
        order = order_of(context.job.arguments)
        outcome = "cancelled" if context.cancelled else "failed"
        await insist_on(self._end, order, outcome, Spending(order))
        return {"experiment_id": order.experiment_id, "outcome": outcome}

    async def _ran(
        self, context: JobContext, order: Order, opened: Opened, spending: Spending
    ) -> dict[str, Any]:
        from pilothouse.evaluation.runner.documents import digest
        from pilothouse.evaluation.runner.engine import Engine, Plan
        from pilothouse.evaluation.runner.tallies import Tallies
        from pilothouse.platform.experiments.running.storing import Storing

        by_name = {each.name: each for each in order.evaluators}
        built = await asyncio.to_thread(
            lambda: {name: self._built(each, order.project_id) for name, each in by_name.items()}
        )
        storing = Storing(
            order,
            by_name,
            opened.notes,
            self._stores.spans,
            self._stores.scores,
            lambda: self._place(order.experiment_id),
        )

        def done(row: RowResult) -> None:
            storing.add(row)
            spending.add(row)
            _check_prices(order, row)

        plan = Plan(
            target=opened.target,
            target_config=digest(order.target),
            evaluators=built,
            configs={name: digest(each.definition) for name, each in by_name.items()},
            target_concurrency=order.concurrency,
            judge_concurrency=order.concurrency,
            repetitions=order.repetitions,
            timeout_s=order.timeout_s,
            max_error_rate=None,
            budget=order.budget_usd,
            again=True,
            on_row=done,
        )
        total = await insist_on(self._count, order) * order.repetitions
        journal, bringing = await insist_on(self._stores.journals.open, order.experiment_id)
        engine = Engine(plan, journal, Tallies(order.repetitions))
        beside = [storing.store(), _telling(context, engine, total)]
        if bringing is not None:
            storing.first = bringing.flush
            beside.append(bringing.work())
        try:
            await _beside(engine.run(self._examples(order)), *beside)
            await storing.flush()
        finally:
            journal.close()
            if bringing is not None:
                await bringing.flush()
            with contextlib.suppress(NotFound):  # the experiment is gone, and its rows with it
                await storing.flush()
        tallies = engine.tallies
        return {"rows": tallies.rows, "failed_rows": tallies.failed_rows, "cost": tallies.cost}

    async def _examples(self, order: Order) -> AsyncIterator[RunnerExample]:
        from pilothouse.evaluation.runner.examples import example_of

        index = 0
        async for example in self._pages(order):
            given = {
                "id": example.id,
                "inputs": example.inputs,
                "reference_outputs": example.outputs,
                "metadata": example.metadata,
            }
            yield example_of(given, index, answered=False)
            index += 1

    async def _pages(self, order: Order) -> AsyncIterator[Example]:
        after = None
        while True:
            found = await insist_on(self._page, order, after)
            for example in found:
                yield example
            if len(found) < PAGE:
                return
            after = place_of(found[-1])

    def _page(self, order: Order, after: Any) -> list[Example]:
        return self._datasets.examples(
            order.dataset_id, as_of=order.state, splits=order.splits, limit=PAGE, after=after
        )

    def _count(self, order: Order) -> int:
        if not order.splits:
            return self._datasets.count(order.dataset_id, order.state)
        count, after = 0, None
        while found := self._page(order, after):
            count, after = count + len(found), place_of(found[-1])
        return count

    def _place(self, experiment_id: str) -> tuple[int, str]:
        """The project of an experiment, which may have been renamed. Raises NotFound."""
        found = self._experiments.get(experiment_id)
        return found.project_id, found.name

    def _ended_before(self, order: Order) -> str:
        """How an experiment ended whose server died before the job did; "" for one that goes on.

        Nothing of it is asked or paid for again. Raises NotFound for one that was removed.
        """
        said = _run_of(self._experiments.get(order.experiment_id)).get("outcome")
        if said in (None, RUNNING):
            return ""
        self._stores.journals.forget(order.experiment_id)
        if said in _FAILED:
            raise JobFailed(f"the experiment had ended when its server stopped: {said}")
        return str(said)

    def _end(self, order: Order, outcome: str, spending: Spending) -> None:
        """Note how an experiment ended, then drop what a restarted server would go on from."""
        with contextlib.suppress(NotFound):  # somebody removed it
            present = self._experiments.get(order.experiment_id)
            run = {**_run_of(present), "outcome": outcome}
            extra = {**present.extra, "metadata": {**present.metadata, "run": run}}
            ended_at = present.ended_at or datetime.now(UTC)
            self._experiments.change(order.experiment_id, extra=extra, ended_at=ended_at)
        spending.tell(self._library)
        self._stores.journals.forget(order.experiment_id)


def _name(target: Mapping[str, Any]) -> str:
    """What an experiment is called that nobody named: like no other of its minute."""
    from urllib.parse import urlsplit

    what = target["prompt"] if target["kind"] == "prompt" else urlsplit(target["url"]).hostname
    return f"{what} {datetime.now(UTC):%Y-%m-%d %H:%M} {secrets.token_hex(3)}"


def _run_of(experiment: Experiment) -> Mapping[str, Any]:
    """How the run of an experiment stands; people may have written there what they like."""
    run = experiment.metadata.get("run")
    return run if isinstance(run, Mapping) else {}


def _called(target: Mapping[str, Any]) -> str:
    """What answers: a model, or an application by its address."""
    return str(target["model"] if target["kind"] == "prompt" else target["url"])


def _outcome_of(error: Exception) -> str:
    from pilothouse.evaluation.runner.errors import BudgetExceeded

    return "budget" if isinstance(error, BudgetExceeded) else "failed"


def _said_of(error: Exception) -> str:
    """What ended an experiment as a person reads it; "" for a mistake of ours."""
    from pilothouse.evaluation.runner.errors import Stopped

    if isinstance(error, NotFound):
        return "the experiment was removed while it ran, or its dataset with it"
    return str(error) if isinstance(error, Stopped) else ""


def _check_prices(order: Order, row: RowResult) -> None:
    """Raise where a budget is to be kept and nobody knows what a call cost."""
    from pilothouse.evaluation.runner.errors import Stopped

    if order.budget_usd is None:
        return
    used = {_called(order.target): row.usage}
    used |= {f"the model of evaluator {result.name!r}": result.usage for result in row.results}
    for what, usage in used.items():
        if usage is not None and usage.cost is None:
            raise Stopped(
                f"nobody knows what {what} costs, so that the budget cannot be kept: "
                "enter its price, or leave the budget out"
            )


async def _telling(context: JobContext, engine: Engine, total: int) -> None:
    """Says how far the experiment is until it is cancelled."""
    while True:
        await asyncio.sleep(TOLD_EVERY_S)
        tallies = engine.tallies
        said = f"{tallies.rows:,} of {total:,} rows"
        if tallies.failed_rows:
            said += f", {tallies.failed_rows:,} failed"
        if tallies.cost:
            said += f", ${tallies.cost:.4f}"
        await context.progress(tallies.rows / total if total else None, said)


async def _beside(main: Coroutine[Any, Any, None], *others: Coroutine[Any, Any, None]) -> None:
    """Run others for as long as the main one takes. Raises what first failed of them."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in others]
            await main
            for task in tasks:
                task.cancel()
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
