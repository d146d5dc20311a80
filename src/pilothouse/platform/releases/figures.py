"""What people and programs are shown of a release: per arm, and what separates the arms."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final

import numpy as np

from pilothouse.evaluation.statistics.intervals import Interval
from pilothouse.evaluation.statistics.strata import mean_of, quantile_interval
from pilothouse.platform.releases import words
from pilothouse.platform.releases.evidence import Evidence, Row
from pilothouse.platform.releases.judging import Judged, is_ready, waits_for
from pilothouse.platform.releases.models import CHAMPION, SCORES, SHADOW, Json, Release

_TIMES: Final = (("latency_ms", "durations"), ("first_token_ms", "first_tokens"))
_LEVELS: Final = (0.5, 0.95)
_MS: Final = 1000.0


def figures_of(release: Release, evidence: Evidence, found: Judged, now: datetime) -> Json:
    """All of it as JSON."""
    arms = [_arm(evidence, name) for name in release.arms]
    told = [dataclasses.asdict(each) | {"text": words.line(each)} for each in found.differences]
    mismatch = found.mismatch
    return {
        "at": now.isoformat(),
        "arms": arms,
        "differences": told,
        "mismatch": None
        if mismatch is None
        else dataclasses.asdict(mismatch) | {"is_suspect": mismatch.is_suspect},
        "waits_for": waits_for(release, evidence, now) if release.kind == "staged" else [],
        "is_ready": is_ready(release, evidence, found, now),
        "sentence": words.sentence(release, evidence, found),
    }


def _arm(evidence: Evidence, name: str) -> Json:
    """An arm's own figures, each with its interval."""
    rows = [row for row in evidence.rows if row["arm"] == name]
    told: Json = {
        "arm": name,
        "calls": sum(int(row["calls"]) for row in rows),
        "units": evidence.units(name),
        "errors": sum(int(row["errors"]) for row in rows),
        "error_rate": _shown(mean_of(evidence.of("errors", name), share=True)),
        "cost_usd": _shown(mean_of(evidence.of("cost", name))),
        "tokens": _shown(mean_of(evidence.of("tokens", name))),
        "scores": {
            score: _shown(mean_of(evidence.of(SCORES + score, name)))
            for score in evidence.score_names()
            if evidence.of(SCORES + score, name)
        },
    }
    if name == CHAMPION and not rows:  # beside shadows it is known by what they say of it
        beside = [row for row in evidence.rows if row["arm"] == SHADOW]
        told["calls"] = sum(int(row["calls"]) for row in beside)
        told["units"] = len({row["unit"] for row in beside})
    for figure, column in _TIMES:
        told[figure] = _percentiles(rows, column)
    return told


def _percentiles(rows: Sequence[Row], column: str) -> dict[str, Json | None]:
    values = np.array(list(chain.from_iterable(row[column] for row in rows)), dtype=np.float64)
    units = [row["unit"] for row in rows for _ in row[column]]
    return {
        f"p{100 * level:.0f}": _shown(quantile_interval(values / _MS, units, level))
        for level in _LEVELS
    }


def _shown(interval: Interval | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    return {
        "estimate": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "n": interval.n,
    }
