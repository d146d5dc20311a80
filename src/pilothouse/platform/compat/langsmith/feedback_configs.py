"""What the scores of a feedback key may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Query

from pilothouse.platform.compat.langsmith.bodies import PAGE, Author, Body, Json, Reader
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import NotFound, Unprocessable
from pilothouse.platform.feedback.configs import FeedbackConfigs
from pilothouse.platform.feedback.models import FeedbackConfig
from pilothouse.platform.records.settings import workspace_id


class NewConfig(Body):
    """The settings of a key."""

    feedback_key: str
    feedback_config: dict[str, Any]
    is_enforced: bool = False
    is_lower_score_better: bool | None = None


class Category(Body):
    """A value that a score may have, with its label."""

    value: float
    label: str | None = None


class ConfigChange(Body):
    """What to change; null leaves."""

    add_categories: list[Category] | None = None
    remove_categories: list[float] | None = None
    id: UUID | None = None
    feedback_key: str
    feedback_config: dict[str, Any] | None = None
    is_enforced: bool | None = None
    is_lower_score_better: bool | None = None


def router(services: Services) -> APIRouter:
    """The routes of /feedback-configs."""
    routes = APIRouter(prefix="/feedback-configs")
    shapes = _Shapes(services)
    _add_lists(routes, services.feedback.configs, shapes)
    _add_changes(routes, services.feedback.configs, shapes)
    return routes


class _Shapes:
    """Settings as clients read them; a key has one set of them here."""

    def __init__(self, services: Services) -> None:
        self._records = services.records

    def id_of(self, key: str) -> UUID:
        """The id of the settings of a key."""
        return uuid5(UUID(workspace_id(self._records)), key)

    def shown(self, config: FeedbackConfig) -> Json:
        empty: Json = {"min": None, "max": None, "categories": None}
        return {
            "id": self.id_of(config.name),
            "feedback_key": config.name,
            "feedback_config": {**empty, **config.config},
            "tenant_id": workspace_id(self._records),
            "modified_at": config.modified_at.isoformat(),
            "is_enforced": config.is_enforced,
            "is_first": True,
            "is_lower_score_better": config.lower_is_better,
        }


def _add_lists(routes: APIRouter, configs: FeedbackConfigs, shapes: _Shapes) -> None:
    @routes.get("")
    def list_configs(
        _reader: Reader,
        key: Annotated[Sequence[str], Query()] = (),
        name_contains: str = "",
        is_enforced: bool | None = None,
        limit: int = PAGE,
        offset: int = 0,
    ) -> list[Json]:
        found = configs.list(tuple(key), name_contains)
        if is_enforced is not None:
            found = [config for config in found if config.is_enforced is is_enforced]
        first = max(0, offset)
        page = found[first : first + max(0, min(limit, PAGE))]
        return [shapes.shown(config) for config in page]


def _add_changes(routes: APIRouter, configs: FeedbackConfigs, shapes: _Shapes) -> None:
    @routes.post("")
    def create_config(body: NewConfig, _author: Author) -> Json:
        made = configs.create(
            body.feedback_key,
            body.feedback_config,
            is_enforced=body.is_enforced,
            lower_is_better=body.is_lower_score_better,
        )
        return shapes.shown(made)

    @routes.patch("")
    def change_config(body: ConfigChange, _author: Author) -> Json:
        if body.id is not None and body.id != shapes.id_of(body.feedback_key):
            raise NotFound(f"feedback key {body.feedback_key!r} has no settings {body.id}")
        changed = configs.change(
            body.feedback_key,
            config=body.feedback_config,
            is_enforced=body.is_enforced,
            lower_is_better=body.is_lower_score_better,
        )
        if body.add_categories or body.remove_categories:
            changed = configs.change_categories(
                body.feedback_key,
                add=[one.model_dump(exclude_none=True) for one in body.add_categories or ()],
                remove=body.remove_categories or (),
            )
        return shapes.shown(changed)

    @routes.delete("")
    def delete_config(
        _author: Author, feedback_key: str | None = None, id: UUID | None = None
    ) -> Json:
        if (feedback_key is None) == (id is None):
            raise Unprocessable("name either feedback_key or id")
        if feedback_key is None:
            keys = (config.name for config in configs.list())
            feedback_key = next((key for key in keys if shapes.id_of(key) == id), None)
        if feedback_key is None:
            raise NotFound(f"no feedback key has settings {id}")
        configs.delete(feedback_key)
        return {}
