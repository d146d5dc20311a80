"""Runs that examples were made of: the records know them, and a filter has to be told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from pilothouse.filters import (
    And,
    Exists,
    Expression,
    Membership,
    Not,
    Or,
    Path,
    Quantified,
    Text,
    paths,
)
from pilothouse.platform.compat.langsmith.filter_values import either, never
from pilothouse.platform.datasets.service import DatasetService

_MARK: Final = Path("in_dataset")
IN_DATASET: Final = Exists(_MARK)
"""Stands in a filter for what `told` puts in its place: spans have no such field."""


async def told(expression: Expression | None, datasets: DatasetService) -> Expression | None:
    """The filter with the runs that examples were made of, where it asks for them."""
    if expression is None or _MARK not in paths(expression):
        return expression
    return _replaced(expression, _is_one_of(await asyncio.to_thread(datasets.sources)))


def _replaced(expression: Expression, known: Expression) -> Expression:
    match expression:
        case Exists(path) if path == _MARK:
            return known
        case Not(term):
            return Not(_replaced(term, known))
        case And(terms) | Or(terms):
            return type(expression)(tuple(_replaced(term, known) for term in terms))
        case Quantified(term=term):
            return replace(expression, term=_replaced(term, known))
        case _:
            return expression


def _is_one_of(sources: Collection[str]) -> Expression:
    """Sources are runs by UUID, or spans of other protocols as `trace:span`."""
    runs = sorted(source for source in sources if ":" not in source)
    spans = [source.rpartition(":") for source in sorted(sources) if ":" in source]
    terms: list[Expression] = []
    if runs:
        terms += [_among("span_id", runs), _among("run_id", runs)]
    if spans:
        traces = sorted({trace for trace, _, _ in spans})
        within = _among("span_id", sorted({span for _, _, span in spans}))
        terms.append(And((_among("trace_id", traces), within)))
    return either(*terms) if terms else never()


def _among(name: str, ids: Collection[str]) -> Membership:
    return Membership(Path(name), tuple(map(Text, ids)))
