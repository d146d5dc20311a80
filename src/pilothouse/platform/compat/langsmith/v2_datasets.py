"""Lists of datasets in the protocol's second version."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from pilothouse.platform.compat.langsmith.bodies import MOST, Sees, answer, offset_in
from pilothouse.platform.compat.langsmith.datasets import shown_datasets
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.datasets.parameters import json_object
from pilothouse.platform.store.orders import write_cursor

_CURSOR: Final = "datasets"
Column = Literal[
    "name",
    "created_at",
    "last_session_start_time",
    "example_count",
    "session_count",
    "modified_at",
]


def router(services: Services) -> APIRouter:
    """`/v2/datasets`."""
    routes = APIRouter()
    datasets = services.datasets

    @routes.get("/v2/datasets")
    def list_datasets(
        sees: Sees,
        id: Annotated[list[UUID] | None, Query()] = None,
        name: str | None = None,
        name_contains: str | None = None,
        data_type: Annotated[list[str] | None, Query()] = None,
        metadata: str | None = None,
        sort_by: Column = "created_at",
        sort_order: Literal["asc", "desc"] = "desc",
        page_size: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: str | None = None,
    ) -> Response:
        found = datasets.list(
            name=None if name is None else name.strip(),
            name_contains=name_contains,
            ids=None if id is None else [str(one) for one in id],
            metadata=json_object(metadata, "metadata"),
            limit=MOST,
        )
        kept = [each for each in found if sees and (not data_type or each.data_type in data_type)]
        offset = offset_in(cursor, _CURSOR)
        if sort_by == "created_at":
            kept = kept if sort_order == "desc" else kept[::-1]
            some = shown_datasets(services, kept[offset : offset + page_size])
        else:
            every = shown_datasets(services, kept)
            there = [each for each in every if each[sort_by] is not None]
            there.sort(key=lambda each: each[sort_by], reverse=sort_order == "desc")
            there += [each for each in every if each[sort_by] is None]
            some = there[offset : offset + page_size]
        more = offset + page_size < len(kept)
        following = write_cursor(_CURSOR, [offset + page_size]) if more else None
        return answer({"items": some, "next_cursor": following})

    return routes
