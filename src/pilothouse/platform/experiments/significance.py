"""Whether experiments differ beyond chance: stored runs handed to the evaluation library.

Runs are paired by example, repetitions averaged first. What failed is missing and counted, never a
number. The library is imported when somebody first asks, and computes off the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.experiments import comparing
from pilothouse.platform.experiments.measuring import Measuring, Paired
from pilothouse.platform.experiments.models import MEASURES, Experiment
from pilothouse.platform.experiments.service import ExperimentService
from pilothouse.platform.store.engine import Store

if TYPE_CHECKING:
    from pilothouse.evaluation.calibration import Calibration, Drift
    from pilothouse.evaluation.comparison import Comparison, Scores
    from pilothouse.evaluation.statistics.paired import Preferences
    from pilothouse.evaluation.statistics.ranking import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A candidate against a baseline."""

    baseline: Experiment
    candidate: Experiment
    comparison: Comparison | None
    """None where they have no example in common that both have a number for."""
    paired: Paired


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How two experiments did against each other, as seen by the first."""

    preferences: Preferences
    p_adjusted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Experiments against each other in one metric."""

    metric: str
    lower_is_better: bool
    experiments: Sequence[Experiment]
    matches: Mapping[tuple[int, int], Match]
    """By places in `experiments`, both ways round."""
    ranking: Ranking | None
    """None where no two of them have an example in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a verdict was given."""

    trace_id: str
    span_id: str
    example_id: str
    judge_comment: str
    human_comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far a score of a judge agrees with one of people on an experiment's runs."""

    calibration: Calibration | None
    """None where no run has both."""
    places: Mapping[str, Place]
    """By trace."""
    unjudged: int
    """Runs that people scored and the judge did not."""
    drift: Drift | None = None
    """Against an earlier experiment, where one was named and has both."""


class Significance:
    """Asks the evaluation library about stored experiments."""

    def __init__(self, experiments: ExperimentService, store: Store) -> None:
        self._experiments = experiments
        self._measuring = Measuring(store)

    async def compared(
        self, ids: Sequence[str], baseline_id: str | None, against: str | None
    ) -> Compared:
        """One experiment against the baseline, in every score and measure."""
        found, baseline = await self._chosen(ids, baseline_id)
        candidate = _candidate(found, baseline, against)
        paired = await self._paired([baseline, candidate])
        lower = await self._experiments.lower_is_better(paired.means)
        comparison = await asyncio.to_thread(_comparison, paired, baseline, candidate, lower)
        return Compared(
            baseline=baseline, candidate=candidate, comparison=comparison, paired=paired
        )

    async def matrix(self, ids: Sequence[str], metric: str | None) -> Matrix:
        """Every experiment against every other in one metric, else in the first score."""
        found, _ = await self._chosen(ids, None)
        if len(found) < 2:
            raise BadRequest("a matrix takes two or more experiments")
        paired = await self._paired(found)
        name = _metric(paired, metric)
        lower = comparing.is_lower(name, await self._experiments.lower_is_better(paired.means))
        return await asyncio.to_thread(_matrix, paired, found, name, lower)

    async def agreement(
        self,
        experiment_id: str,
        judge: str,
        human: str,
        threshold: float | None,
        before: str | None = None,
    ) -> Agreement:
        """How far the score of a judge agrees with that of people, and more or less than `before`.

        Where both have one name, people's are those whose source says so. With a threshold both
        are compared by whether they reach it.
        """
        found = await self._agreement(experiment_id, judge, human, threshold)
        if before is None:
            return found
        earlier = await self._agreement(before, judge, human, threshold)
        apart = await asyncio.to_thread(_drift, earlier.calibration, found.calibration)
        return replace(found, drift=apart)

    async def _agreement(
        self, experiment_id: str, judge: str, human: str, threshold: float | None
    ) -> Agreement:
        experiment = await asyncio.to_thread(self._experiments.get, experiment_id)
        rows = await self._measuring.verdicts(experiment.project_id, [judge, human])
        return await asyncio.to_thread(_agreement, rows, judge, human, threshold)

    async def _chosen(
        self, ids: Sequence[str], baseline_id: str | None
    ) -> tuple[list[Experiment], Experiment]:
        every = [*ids] if baseline_id is None or baseline_id in ids else [baseline_id, *ids]
        return await self._experiments.side_by_side(every, baseline_id)

    async def _paired(self, found: Sequence[Experiment]) -> Paired:
        return await self._measuring.paired({each.project_id: each.id for each in found})


def _candidate(
    found: Sequence[Experiment], baseline: Experiment, against: str | None
) -> Experiment:
    others = [each for each in found if each.id != baseline.id]
    if not others:
        raise BadRequest("there is only a baseline; name another experiment to compare")
    if against is None:
        return others[0]
    for each in others:
        if each.id == against.lower():
            return each
    raise NotFound(f"experiment {against} is not compared with the baseline")


def _comparison(
    paired: Paired,
    baseline: Experiment,
    candidate: Experiment,
    lower_is_better: Mapping[str, bool],
) -> Comparison | None:
    from pilothouse.evaluation.comparison import compare

    before, after = paired.means[baseline.id], paired.means[candidate.id]
    both = [name for name in before if before[name].keys() & after.get(name, {}).keys()]
    if not both:
        return None
    names = sorted(both, key=lambda name: (name in MEASURES, name in paired.shares, name))

    def scores(of: Experiment) -> list[Scores]:
        return [_scores(paired, of.id, name, lower_is_better) for name in names]

    return compare(scores(baseline), scores(candidate), names=(baseline.name, candidate.name))


def _scores(
    paired: Paired, experiment_id: str, name: str, lower_is_better: Mapping[str, bool]
) -> Scores:
    from pilothouse.evaluation.comparison import Scores

    lower = comparing.is_lower(name, lower_is_better)
    values = paired.means[experiment_id][name]
    return Scores(
        metric=name,
        values={example: [mean] for example, mean in values.items()},
        direction="neutral" if name in paired.shares else "minimize" if lower else "maximize",
        failed=paired.unscored[experiment_id].get(name, 0),
    )


def _metric(paired: Paired, wanted: str | None) -> str:
    known = {name for means in paired.means.values() for name in means} - paired.shares
    names = sorted(known, key=lambda name: (name in MEASURES, name))
    if wanted is None:
        if not names:
            raise BadRequest("the experiments have no runs yet")
        return names[0]
    if wanted not in known:
        raise BadRequest(f"no run has a {wanted!r}; there are {', '.join(names) or 'none'}")
    return wanted


def _matrix(
    paired: Paired, found: Sequence[Experiment], name: str, lower_is_better: bool
) -> Matrix:
    from pilothouse.evaluation.statistics.corrections import adjusted
    from pilothouse.evaluation.statistics.paired import sign_test
    from pilothouse.evaluation.statistics.ranking import Game, rank

    preferences: dict[tuple[int, int], tuple[int, int, int]] = {}
    games: list[Game] = []
    examples: list[str] = []
    for one, other in combinations(range(len(found)), 2):
        changes = comparing.changed(
            paired.means, name, found[other].id, found[one].id, lower_is_better=lower_is_better
        )
        said = list(changes.values())
        if said:
            preferences[one, other] = said.count("better"), said.count("worse"), said.count("same")
            games += [(one, other, _POINTS[change]) for change in said]
            examples += changes
    matches: dict[tuple[int, int], Match] = {}
    tests = {pair: sign_test(*counts) for pair, counts in preferences.items()}
    raised = adjusted([test.test.p for test in tests.values()], "holm")
    for (one, other), p in zip(tests, raised, strict=True):
        wins, losses, ties = preferences[one, other]
        matches[one, other] = Match(preferences=tests[one, other], p_adjusted=p)
        matches[other, one] = Match(preferences=sign_test(losses, wins, ties), p_adjusted=p)
    return Matrix(
        metric=name,
        lower_is_better=lower_is_better,
        experiments=found,
        matches=matches,
        ranking=rank(games, len(found), clusters=examples) if games else None,
    )


_POINTS: dict[str, float] = {"better": 1.0, "worse": 0.0, "same": 0.5}


def _agreement(
    rows: Sequence[Mapping[str, Any]], judge: str, human: str, threshold: float | None
) -> Agreement:
    from pilothouse.evaluation.calibration import Rated, calibrated
    from pilothouse.evaluation.results import EvaluationResult
    from pilothouse.evaluation.rows import Row

    def is_human(row: Mapping[str, Any]) -> bool:
        return row["name"] == human and (judge != human or row["source"] == "human")

    # The newest verdict counts: rows come oldest first.
    said = {row["trace_id"]: row for row in rows if is_human(row) and row["status"] == "ok"}
    judged = {row["trace_id"]: row for row in rows if row["name"] == judge and not is_human(row)}
    by_label = threshold is None and any(row["value"] is None for row in said.values())
    rated = []
    for trace, row in said.items():
        other, label = judged.get(trace), _label(row, by_label, threshold)
        if other is None or label is None:
            continue
        rated.append(
            Rated(
                example=trace,
                row=Row(example_id=trace, cluster=row["example_id"] or trace),
                human=label,
                judge=_label(other, by_label, threshold) if other["status"] == "ok" else None,
                result=EvaluationResult(name=judge, kind="llm"),
                comment=row["comment"] or None,
            )
        )
    places = {
        each.example: Place(
            trace_id=each.example,
            span_id=said[each.example]["span_id"],
            example_id=said[each.example]["example_id"],
            judge_comment=judged[each.example]["comment"],
            human_comment=said[each.example]["comment"],
        )
        for each in rated
    }
    return Agreement(
        calibration=calibrated(rated, judge=judge) if rated else None,
        places=places,
        unjudged=sum(trace not in judged for trace in said),
    )


def _drift(before: Calibration | None, after: Calibration | None) -> Drift | None:
    from pilothouse.evaluation.calibration import drift

    if before is None or after is None or not before.counted or not after.counted:
        return None
    return drift(before, after)


def _label(row: Mapping[str, Any], by_label: bool, threshold: float | None) -> str | None:
    from pilothouse.evaluation.calibration.ratings import as_label

    if by_label:
        return row["label"] or None
    if row["value"] is None:
        return None
    return as_label(row["value"] if threshold is None else row["value"] >= threshold)
