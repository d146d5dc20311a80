"""How the scores of the same traces go together, over HTTP."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from pilothouse.platform.feedback.correlating import Kind
from pilothouse.platform.feedback.correlations import Correlations, Named, Pair, correlations
from pilothouse.platform.query.params import WindowParams
from pilothouse.platform.query.scope import Projects
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.store.engine import Store


class NamedOut(BaseModel):
    """The scores of one name."""

    name: str
    traces: int
    """How many traces have a number of it."""
    sources: list[Literal["human", "judge", "code", "end_user"]]


class CorrelationOut(BaseModel):
    """Two scores, and how they go together."""

    first: NamedOut
    second: NamedOut
    n: int
    """Traces that have both."""
    kind: Kind
    """By what the values are: two of two kinds, one of two kinds and one number, two numbers."""
    coefficient: float | None
    """From -1 to 1; null where one is always the same, or fewer than four traces have both."""
    low: float | None
    """Of the interval of 95 %."""
    high: float | None
    p: float | None
    """Of no correlation at all, by itself: nothing is taken off for many pairs."""
    is_clear: bool
    """Whether at least ten traces have both, and the interval leaves out zero."""


class LeftOutOut(BaseModel):
    """A name that is held against no other."""

    name: str
    why: Literal["labels", "rare"]
    """`labels`: it has no numbers; `rare`: twelve others are on more traces."""


class CorrelationList(BaseModel):
    """All pairs of names; what people say against what programs say first."""

    items: list[CorrelationOut]
    left_out: list[LeftOutOut]
    traces: int
    """Traces with scores of several names; of more than 20,000 those that were scored last."""
    truncated: bool


def router(store: Store, projects: Projects) -> APIRouter:
    """The one route."""
    routes = ApiRouter(tags=["scores"])

    @routes.get("/scores/correlations")
    async def correlate_scores(window: WindowParams) -> CorrelationList:
        """How scores of the same traces go together: what users say, and what evaluators say."""
        return _shown(await correlations(store, window.selection(projects)))

    return routes


def _shown(found: Correlations) -> CorrelationList:
    return CorrelationList(
        items=[_pair(pair) for pair in found.pairs],
        left_out=[LeftOutOut(name=one.name, why=one.why) for one in found.left_out],
        traces=found.traces,
        truncated=found.truncated,
    )


def _pair(pair: Pair) -> CorrelationOut:
    found = pair.correlation
    return CorrelationOut(
        first=_named(pair.first),
        second=_named(pair.second),
        n=found.n,
        kind=found.kind,
        coefficient=found.coefficient,
        low=found.low,
        high=found.high,
        p=found.p,
        is_clear=found.is_clear,
    )


def _named(one: Named) -> NamedOut:
    return NamedOut.model_validate(
        {"name": one.name, "traces": one.traces, "sources": list(one.sources)}
    )
