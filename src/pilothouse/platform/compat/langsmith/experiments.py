"""What experiments did, example by example, in both versions of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import Field

from pilothouse.filters import Expression, Membership, Path, Text, both
from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.access.models import Principal
from pilothouse.platform.compat.langsmith.bodies import (
    Body,
    Json,
    Reader,
    answer,
    link_base,
    offset_in,
)
from pilothouse.platform.compat.langsmith.examples import shown_example
from pilothouse.platform.compat.langsmith.filter_fields import IS_ROOT
from pilothouse.platform.compat.langsmith.filters import filter_of
from pilothouse.platform.compat.langsmith.run import run_v1
from pilothouse.platform.compat.langsmith.run_queries import Asked, RunQueries
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.compat.langsmith.v2_runs import chosen, runs_v2
from pilothouse.platform.datasets.models import Example
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.store.orders import write_cursor
from pilothouse.platform.store.runs import RunKey

_CURSOR: Final = "experiment-runs"
_MOST_RUNS: Final = 20_000
_PREVIEW: Final = 256


class ExperimentQuery(Body):
    """Which rows of which experiments are wanted."""

    session_ids: list[UUID] = Field(min_length=1)
    offset: int = Field(0, ge=0)
    limit: int = Field(20, ge=1, le=1_000)
    preview: bool = False
    comparative_experiment_id: UUID | None = None
    filters: dict[UUID, list[str]] | None = None
    example_ids: list[UUID] | None = None


class Sort(Body):
    """By which feedback the rows are sorted."""

    by: str
    order: Literal["ASC", "DESC", "asc", "desc"] = "DESC"


class ExperimentQueryV2(Body):
    """The same in the protocol's second version."""

    experiment_ids: list[UUID] = Field(min_length=1)
    example_ids: list[UUID] | None = Field(None, max_length=1_000)
    comparative_experiment_id: UUID | None = None
    filters: dict[UUID, list[str]] | None = None
    selects: list[str] | None = None
    sort: Sort | None = None
    page_size: int = Field(20, ge=1, le=100)
    cursor: str | None = None


def router(services: Services) -> APIRouter:
    """The routes that give experiments beside the examples."""
    routes = APIRouter()
    rows = _Rows(services)

    @routes.post("/datasets/{dataset_id}/runs")
    async def read_rows(
        dataset_id: UUID, body: ExperimentQuery, request: Request, _reader: Reader
    ) -> Response:
        ids = [str(one) for one in body.session_ids]
        filters = _filters(body.filters)
        await rows.check(dataset_id, ids)
        examples = await rows.examples(
            ids, filters, body.example_ids, offset=body.offset, limit=body.limit
        )
        found = await rows.keys(principal_of(request), ids, examples)
        shaped = await rows.queries.shaped(
            found.names, found.keys, None, lambda run: run_v1(run, None), links=link_base(request)
        )
        if body.preview:
            shaped = [_previewed(run) for run in shaped]
        return answer(rows.shown(request, examples, shaped, found.examples))

    @routes.post("/v2/datasets/{dataset_id}/experiment-runs")
    async def query_rows(
        dataset_id: UUID, body: ExperimentQueryV2, request: Request, _reader: Reader
    ) -> Response:
        ids = [str(one) for one in body.experiment_ids]
        offset = offset_in(body.cursor, _CURSOR)
        filters = _filters(body.filters)
        await rows.check(dataset_id, ids)
        part = {"offset": offset, "limit": body.page_size + 1}
        if body.sort is None:
            examples = await rows.examples(ids, filters, body.example_ids, **part)
        else:
            examples = await rows.by_score(ids, filters, body.example_ids, body.sort, **part)
        more = len(examples) > body.page_size
        examples = examples[: body.page_size]
        found = await rows.keys(principal_of(request), ids, examples)
        asked = Asked(names=found.names)
        selects, links = chosen(body.selects), link_base(request)
        shaped = await runs_v2(rows.queries, asked, found.keys, selects, links=links)
        items = rows.shown(request, examples, shaped, found.examples)
        cursor = write_cursor(_CURSOR, [offset + body.page_size]) if more else None
        return answer({"items": items, "next_cursor": cursor})

    return routes


class _Found:
    """Where the runs of some examples stand, and of which example each is."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names
        self.keys: list[RunKey] = []
        self.examples: list[str] = []


class _Rows:
    """Reads rows of experiments."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._experiments = services.experiments
        self.queries = RunQueries(services)

    async def check(self, dataset_id: UUID, ids: Sequence[str]) -> None:
        """Raise NotFound for an experiment that is not of the dataset."""
        found = await asyncio.to_thread(self._experiments.list, ids=ids, limit=len(ids))
        of_dataset = {each.id for each in found if each.dataset_id == str(dataset_id)}
        for each in ids:
            if each not in of_dataset:
                raise NotFound(f"dataset {dataset_id} has no experiment {each}")

    async def examples(
        self,
        ids: Sequence[str],
        filters: Mapping[str, Expression],
        example_ids: Sequence[UUID] | None,
        *,
        offset: int,
        limit: int,
    ) -> list[Example]:
        """The examples of a page, as the first experiment saw them."""
        found = await self._experiments.rows(
            ids,
            filters=filters,
            example_ids=None if example_ids is None else [str(one) for one in example_ids],
            preview=True,
            limit=limit,
            offset=offset,
        )
        return [row.example for row in found]

    async def by_score(
        self,
        ids: Sequence[str],
        filters: Mapping[str, Expression],
        example_ids: Sequence[UUID] | None,
        sort: Sort,
        *,
        offset: int,
        limit: int,
    ) -> list[Example]:
        """The same in the order of a score; those without it come last."""
        if len(ids) != 1:
            raise BadRequest("sort: only the rows of one experiment can be sorted")
        name = sort.by.removeprefix("feedback.")
        found = await self._experiments.rows(
            ids,
            filters=filters,
            example_ids=None if example_ids is None else [str(one) for one in example_ids],
            preview=True,
            limit=_MOST_RUNS,
        )
        means = {row.example.id: _mean(row.runs[ids[0]], name) for row in found}
        sign = 1 if sort.order.lower() == "asc" else -1
        inside = [row.example for row in found if means[row.example.id] is not None]
        inside.sort(key=lambda example: sign * (means[example.id] or 0.0))
        outside = [row.example for row in found if means[row.example.id] is None]
        return [*inside, *outside][offset : offset + limit]

    async def keys(
        self, principal: Principal, ids: Collection[str], examples: Sequence[Example]
    ) -> _Found:
        """The roots that ran over some examples, in the order of their start."""
        found = _Found(self.queries.names(principal, ids))
        if not examples:
            return found
        wanted = tuple(Text(each.id) for each in examples)
        keys, _ = await self.queries.page(
            Asked(
                names=found.names,
                filter=both(IS_ROOT, Membership(Path("example_id"), wanted)),
                descending=False,
                limit=_MOST_RUNS,
            )
        )
        # The key of a run does not tell its example, the run itself does.
        told = await self.queries.shaped(
            found.names,
            keys,
            ["reference_example_id"],
            lambda run: {"example": run.reference_example_id()},
            rolled_up=False,
        )
        found.keys = keys
        found.examples = [str(each["example"]) for each in told]
        return found

    def shown(
        self,
        request: Request,
        examples: Sequence[Example],
        runs: Sequence[Json],
        of_example: Sequence[str],
    ) -> list[Json]:
        """Examples with their runs."""
        by_example: dict[str, list[Json]] = {}
        for run, example in zip(runs, of_example, strict=True):
            by_example.setdefault(example, []).append(run)
        links, signed = link_base(request), self._services.signed
        return [
            shown_example(each, signed, links) | {"runs": by_example.get(each.id, [])}
            for each in examples
        ]


def _filters(given: Mapping[UUID, Sequence[str]] | None) -> dict[str, Expression]:
    found = {}
    for experiment, texts in (given or {}).items():
        expression = both(*(filter_of(text, "filters") for text in texts))
        if expression is not None:
            found[str(experiment)] = expression
    return found


def _mean(runs: Sequence[Any], name: str) -> float | None:
    values = [
        float(score["value"])
        for run in runs
        for score in run.scores
        if score["name"] == name and score["value"] is not None
    ]
    return sum(values) / len(values) if values else None


def _previewed(run: Json) -> Json:
    """The run with long texts in its inputs and outputs cut."""
    said = orjson.loads(orjson.dumps({name: run.get(name) for name in ("inputs", "outputs")}))
    return run | {name: _cut(value) for name, value in said.items()}


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_PREVIEW]
    if isinstance(value, list):
        return [_cut(each) for each in value]
    if isinstance(value, dict):
        return {key: _cut(each) for key, each in value.items()}
    return value
