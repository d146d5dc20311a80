"""What the span store knows of experiments, as the models say it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pilothouse.filters import Expression
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.experiments.comparing import Means
from pilothouse.platform.experiments.models import (
    ComparativeExperiment,
    Experiment,
    Preference,
    Run,
    ScoreStats,
    Stats,
)
from pilothouse.platform.query.models import ScoreGiven
from pilothouse.platform.records import moment
from pilothouse.platform.store import experiments as sql
from pilothouse.platform.store import scores, spans_read
from pilothouse.platform.store.engine import Store

Names = Mapping[int, str]
"""Ids of experiments by the numbers of their projects."""
TEXTS_AT_ONCE = 200
MOST_LABELS: Final = 10
"""A score with more different words is a text: how often each was said tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Some experiments by example, by the id of each."""

    means: Means
    examples: Mapping[str, set[str]]
    """Those that it has a run of."""
    failed_runs: Mapping[str, int]
    unscored: Mapping[str, Mapping[str, int]]
    """By metric: runs on which its evaluator came to no verdict."""
    shares: Set[str] = frozenset()
    """Those of the metrics that say how often a score in words was one of them: none is better."""


class Measuring:
    """Reads what experiments did."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def stats(self, names: Names) -> dict[str, Stats]:
        """What was measured of some experiments, by id."""
        if not names:
            return {}
        await self._store.visible()
        figures, said = await asyncio.gather(
            sql.figures(self._store, list(names)), sql.score_figures(self._store, list(names))
        )
        verdicts: dict[tuple[int, bool], list[ScoreStats]] = {}
        for row in said:
            key = (int(row["project"]), bool(row["of_whole"]))
            verdicts.setdefault(key, []).append(_score_stats(row))
        return {
            name: _stats(
                figures.get(number, {}),
                verdicts.get((number, False), []),
                verdicts.get((number, True), []),
            )
            for number, name in names.items()
        }

    async def means(self, names: Names) -> Means:
        """The means of every score and measure, by experiment, metric and example."""
        await self._store.visible()
        measured, scored = await asyncio.gather(
            sql.measured(self._store, list(names)), sql.scored(self._store, list(names))
        )
        return _means(names, measured, scored)

    async def paired(self, names: Names) -> Paired:
        """What a comparison by statistics rests on: runs that failed have no measures in it."""
        await self._store.visible()
        measured, scored, labelled, unscored = await asyncio.gather(
            sql.measured(self._store, list(names), succeeded=True),
            sql.scored(self._store, list(names)),
            sql.labelled(self._store, list(names)),
            sql.unscored(self._store, list(names)),
        )
        examples: dict[str, set[str]] = {name: set() for name in names.values()}
        failed = dict.fromkeys(names.values(), 0)
        for row in measured:
            examples[names[int(row[0])]].add(row[1])
            failed[names[int(row[0])]] += int(row[6])
        without: dict[str, dict[str, int]] = {name: {} for name in names.values()}
        for number, metric, count in unscored:
            without[names[number]][metric] = count
        shares = _shares(labelled)
        return Paired(
            means=_means(names, measured, [*scored, *shares]),
            shares={metric for _, _, metric, _ in shares},
            examples=examples,
            failed_runs=failed,
            unscored=without,
        )

    async def verdicts(self, project: int, names: Sequence[str]) -> list[dict[str, Any]]:
        """What was said of an experiment's runs by some names, oldest first."""
        await self._store.visible()
        return await sql.verdicts(self._store, project, names)

    async def matching(self, project: int, name: str, expression: Expression) -> set[str]:
        """The examples that have a run which a filter lets through."""
        return await sql.matching(self._store, project, name, expression)

    async def runs(
        self, names: Names, example_ids: Sequence[str], *, preview: bool
    ) -> dict[tuple[str, str], list[Run]]:
        """The runs of some examples by (experiment, example), in the order of repetition."""
        rows = await sql.runs(self._store, list(names), example_ids)
        traces = [row["trace_id"] for row in rows]
        verdicts = await scores.of_traces(self._store, dict(names), traces)
        texts: dict[tuple[int, str, str], tuple[str, str]] = {}
        if not preview:
            ids = [(row["trace_id"], row["root_span_id"]) for row in rows]
            for at in range(0, len(ids), TEXTS_AT_ONCE):
                some = ids[at : at + TEXTS_AT_ONCE]
                texts |= await spans_read.texts(self._store, list(names), some)
        found: dict[tuple[str, str], list[Run]] = {}
        for row in rows:
            project = int(row["project"])
            whole = texts.get((project, row["trace_id"], row["root_span_id"]))
            own = verdicts.get((project, row["trace_id"]), [])
            others = found.setdefault((names[project], row["example_id"]), [])
            others.append(_run(row, names[project], whole, own, len(others) + 1))
        for runs in found.values():
            runs.sort(key=lambda run: (run.repetition, run.start_time))
        return found

    async def preferences(self, names: Names, comparative_id: str) -> dict[str, list[ScoreStats]]:
        """How the experiments of a comparison were preferred, by id."""
        await self._store.visible()
        found: dict[str, list[ScoreStats]] = {name: [] for name in names.values()}
        for row in await sql.preferences(self._store, list(names), comparative_id):
            found[names[int(row["project"])]].append(_score_stats(row))
        return found

    async def preferred(
        self,
        comparative: ComparativeExperiment,
        experiments: Mapping[str, Experiment],
        preferences: Sequence[Preference],
    ) -> list[ScoreGiven]:
        """The scores that preferences are kept as. Raises BadRequest."""
        await self._store.visible()
        newest = await sql.newest_runs(
            self._store,
            [each.project_id for each in experiments.values()],
            sorted({each.example_id for each in preferences}),
        )
        given = []
        for each in preferences:
            for experiment_id, value in each.scores.items():
                experiment = experiments.get(experiment_id)
                if experiment is None:
                    raise BadRequest(f"experiment {experiment_id} is not compared here")
                run = newest.get((experiment.project_id, each.example_id))
                if run is None:
                    raise BadRequest(
                        f"experiment {experiment.name!r} has no run of example {each.example_id}"
                    )
                given.append(
                    ScoreGiven(
                        project=experiment.name,
                        name=each.name,
                        value=value,
                        comment=each.comment or None,
                        identifier=comparative.id,
                        trace_id=run[0],
                        span_id=run[1] or None,
                        metadata={
                            sql.COMPARATIVE: comparative.id,
                            "feedback.feedback_group_id": f"{comparative.id}:{each.example_id}",
                        },
                    )
                )
        return given


def _means(
    names: Names,
    measured: Sequence[tuple[Any, ...]],
    scored: Sequence[tuple[int, str, str, float]],
) -> Means:
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in names.values()}
    for project, example, duration, tokens, cost, _runs, _failed in measured:
        of = found[names[int(project)]]
        for metric, value in (
            ("duration_ms", duration), ("total_tokens", tokens), ("cost", cost)
        ):  # fmt: skip
            if value is not None:
                of.setdefault(metric, {})[example] = float(value)
    for number, example, metric, mean in scored:
        found[names[number]].setdefault(metric, {})[example] = mean
    return found


def _shares(
    labelled: Iterable[tuple[int, str, str, Mapping[str, int]]],
) -> list[tuple[int, str, str, float]]:
    """Scores in words as numbers: of an example's runs the share that each word was given to."""
    labels: dict[str, set[str]] = {}
    rows = list(labelled)
    for _, _, name, counts in rows:
        labels.setdefault(name, set()).update(counts)
    return [
        (project, example, f"{name} = {label}", counts.get(label, 0) / sum(counts.values()))
        for project, example, name, counts in rows
        if len(labels[name]) <= MOST_LABELS
        for label in sorted(labels[name])
    ]


def _stats(row: Mapping[str, Any], of_runs: list[ScoreStats], own: list[ScoreStats]) -> Stats:
    if not row:
        return Stats(scores=of_runs, own_scores=own)
    return Stats(
        run_count=int(row["run_count"]),
        example_count=int(row["example_count"]),
        error_count=int(row["error_count"]),
        latency_p50_ms=_ms(row["latency_p50_us"]),
        latency_p99_ms=_ms(row["latency_p99_us"]),
        first_token_p50_ms=_ms(row["first_token_p50_us"]),
        first_token_p99_ms=_ms(row["first_token_p99_us"]),
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        total_tokens=row["total_tokens"],
        cost_input=row["cost_input"],
        cost_output=row["cost_output"],
        cost_total=row["cost_total"],
        first_run_at=moment(row["first_us"]),
        last_run_at=moment(row["last_us"]),
        scores=of_runs,
        own_scores=own,
    )


def _score_stats(row: Mapping[str, Any]) -> ScoreStats:
    return ScoreStats(
        name=row["name"],
        n=int(row["n"]),
        errors=int(row["errors"]),
        mean=row["mean"],
        min=row["min"],
        max=row["max"],
        stdev=row["stdev"],
        labels={label: int(count) for label, count in row["labels"].items()},
        bins=[(float(a), float(b), float(count)) for a, b, count in row["bins"]],
        comments=row["comments"],
    )


def _run(
    row: Mapping[str, Any],
    experiment_id: str,
    whole: tuple[str, str] | None,
    verdicts: Sequence[Mapping[str, Any]],
    place: int,
) -> Run:
    root = row["root_span_id"]
    given, answered = whole or (row["input_preview"], row["output_preview"])
    return Run(
        experiment_id=experiment_id,
        project_id=int(row["project"]),
        trace_id=row["trace_id"],
        span_id=root,
        name=row["name"],
        repetition=row["repetition"] or place,
        start_time=moment(row["start_us"]) or datetime.now(UTC),
        duration_ms=_ms(row["duration_us"]),
        time_to_first_token_ms=_ms(row["first_token_us"]),
        status=row["status"],
        status_message=row["status_message"],
        error_type=row["error_type"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        total_tokens=row["total_tokens"],
        cost_input=row["cost_input"],
        cost_output=row["cost_output"],
        cost_total=row["cost_total"],
        input=given,
        output=answered,
        scores=[score for score in verdicts if score["span_id"] in (None, root)],
    )


def _ms(micros: float | None) -> float | None:
    return None if micros is None else micros / 1000
