"""How busy instrumented hosts are, in the shape in which rules read measures of spans."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

from pilothouse.platform.alerts.asking import MOST_READ, Answers
from pilothouse.platform.alerts.models import HOST, Points, Question
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.records import micros_of
from pilothouse.platform.store import hosts as stored
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.hosts import Busy

COUNT: Final = "count"
SHARES: Final = {
    "cpu": stored.CPU,
    "memory": stored.MEMORY,
    "disk": stored.FILESYSTEM,
    "gpu": stored.GPU,
    "gpu_memory": stored.GPU_MEMORY,
}
"""Measures between 0 and 1; of several disks or GPUs the fullest or busiest counts."""


def check(question: Question, measures: Collection[str]) -> None:
    """Raise BadRequest for what cannot be asked of hosts."""
    for measure in measures:
        if measure not in (COUNT, *SHARES):
            known = ", ".join((*SHARES, COUNT))
            raise BadRequest(
                f"{measure!r} is no measure of hosts: {known}", {"parameter": "measure"}
            )
    if question.group_by not in ("", HOST):
        raise BadRequest(
            f"hosts are watched each for itself by {HOST!r}, or all together",
            {"parameter": "group_by"},
        )


async def window(
    store: Store,
    question: Question,
    measures: Sequence[str],
    project: Mapping[int, str],
    since: datetime,
    until: datetime,
) -> Answers:
    """The measures of a window by host, or of all hosts together. Raises BadRequest."""
    check(question, measures)
    found = await _read(store, question, measures, project, since, until, None)
    figures = _figures(question, found).get(0, {})
    return Answers(
        groups=sorted(figures)[:MOST_READ],
        values={
            measure: {group: of.get(measure) for group, of in figures.items()}
            for measure in {COUNT, *measures}
        },
    )


async def points(
    store: Store,
    question: Question,
    measures: Collection[str],
    project: Mapping[int, str],
    since: datetime,
    until: datetime,
    groups: Collection[str],
) -> Points:
    """The measures of each window of a time, of some hosts. Raises BadRequest."""
    check(question, measures)
    found = await _read(store, question, measures, project, since, until, question.window_s)
    wanted = set(groups)
    return {
        at_s: {
            group: {name: of.get(name) for name in {COUNT, *measures}}
            for group, of in figures.items()
            if group in wanted
        }
        for at_s, figures in _figures(question, found).items()
    }


async def _read(
    store: Store,
    question: Question,
    measures: Collection[str],
    project: Mapping[int, str],
    since: datetime,
    until: datetime,
    interval_s: int | None,
) -> list[Busy]:
    # Whoever is only counted, or waited for, sends its processor's figures if it sends any.
    names = {SHARES[name] for name in measures if name in SHARES} or set(SHARES.values())
    found = await stored.busy(store, project, names, micros_of(since), micros_of(until), interval_s)
    return [one for one in found if is_meant(question.filter, one.host)]


def is_meant(patterns: str, host: str) -> bool:
    """Whether a host is one of those that a rule names: `web-*, db-1`; "" names all."""
    wanted = [one for one in map(str.strip, patterns.split(",")) if one]
    return not wanted or any(fnmatchcase(host, one) for one in wanted)


_NAMES: Final = {name: measure for measure, name in SHARES.items()}


def _figures(
    question: Question, found: Sequence[Busy]
) -> dict[int, dict[str, dict[str, float | None]]]:
    """By time and group the figures; of all hosts together those of the busiest, and how many."""
    hosts: dict[int, dict[str, set[str]]] = {}
    figures: dict[int, dict[str, dict[str, float | None]]] = {}
    for one in found:
        group = one.host if question.group_by else ""
        hosts.setdefault(one.at_s, {}).setdefault(group, set()).add(one.host)
        of = figures.setdefault(one.at_s, {}).setdefault(group, {})
        measure = _NAMES[one.name]
        of[measure] = max(one.share, of.get(measure) or 0.0)
    for at_s, groups in hosts.items():
        for group, names in groups.items():
            figures[at_s][group][COUNT] = float(len(names))
    return figures
