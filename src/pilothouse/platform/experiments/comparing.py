"""Which experiment did better by an example: means against those of a baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pilothouse.platform.experiments.models import (
    MEASURES,
    Change,
    Comparison,
    Metric,
    Side,
)

MEASURED_ALIKE: Final = 0.05
"""Two durations, costs or token counts are the same within this share of the baseline's."""
SCORED_ALIKE: Final = 1e-9

Means = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By experiment, metric and example: the mean over the example's runs."""


def compared(
    means: Means,
    baseline_id: str,
    experiment_ids: Sequence[str],
    lower_is_better: Mapping[str, bool],
) -> Comparison:
    """Every metric that any of the experiments has, against the baseline."""
    others = [each for each in experiment_ids if each != baseline_id]
    names = sorted(
        {name for each in experiment_ids for name in means.get(each, {})},
        key=lambda name: (name in MEASURES, name),
    )
    return Comparison(
        baseline_id=baseline_id,
        experiment_ids=tuple(experiment_ids),
        metrics=tuple(
            Metric(
                name=name,
                kind="measure" if name in MEASURES else "score",
                lower_is_better=is_lower(name, lower_is_better),
                sides=tuple(
                    _side(means, name, baseline_id, other, is_lower(name, lower_is_better))
                    for other in others
                ),
            )
            for name in names
        ),
    )


def change_of(name: str, before: float, after: float, *, lower_is_better: bool) -> Change:
    """How an example changed in a metric."""
    alike = abs(before) * MEASURED_ALIKE if name in MEASURES else SCORED_ALIKE
    if abs(after - before) <= alike:
        return "same"
    return "better" if (after < before) == lower_is_better else "worse"


def changed(
    means: Means, name: str, baseline_id: str, other_id: str, *, lower_is_better: bool
) -> dict[str, Change]:
    """How every example of both experiments changed in a metric."""
    before = means.get(baseline_id, {}).get(name, {})
    after = means.get(other_id, {}).get(name, {})
    return {
        example: change_of(name, before[example], value, lower_is_better=lower_is_better)
        for example, value in after.items()
        if example in before
    }


def differences(
    means: Means, baseline_id: str, experiment_ids: Iterable[str], example_id: str
) -> dict[str, dict[str, float]]:
    """An example's means less those of the baseline, by experiment and metric."""
    found: dict[str, dict[str, float]] = {}
    for each in experiment_ids:
        if each == baseline_id:
            continue
        found[each] = {
            name: values[example_id] - before[example_id]
            for name, values in means.get(each, {}).items()
            if example_id in values
            and example_id in (before := means.get(baseline_id, {}).get(name, {}))
        }
    return found


def is_lower(name: str, lower_is_better: Mapping[str, bool]) -> bool:
    """Whether less of a metric is better."""
    return name in MEASURES or lower_is_better.get(name, False)


def _side(means: Means, name: str, baseline_id: str, other_id: str, lower_is_better: bool) -> Side:
    changes = changed(means, name, baseline_id, other_id, lower_is_better=lower_is_better)
    counts = list(changes.values())
    return Side(
        experiment_id=other_id,
        n=len(changes),
        mean=_mean(means, other_id, name, changes),
        baseline_mean=_mean(means, baseline_id, name, changes),
        better=counts.count("better"),
        worse=counts.count("worse"),
        same=counts.count("same"),
    )


def _mean(means: Means, experiment_id: str, name: str, examples: Iterable[str]) -> float | None:
    values = means.get(experiment_id, {}).get(name, {})
    found = [values[example] for example in examples]
    return sum(found) / len(found) if found else None
