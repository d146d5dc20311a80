"""What the scores of a feedback key may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from pilothouse.platform.access.workspace import changes_workspace, reads_workspace
from pilothouse.platform.compat.langsmith.bodies import Body
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.feedback.models import FeedbackConfig
from pilothouse.platform.records.settings import workspace_id

PAGE: Final = 100


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

    feedback_key: str
    feedback_config: dict[str, Any] | None = None
    is_enforced: bool | None = None
    is_lower_score_better: bool | None = None


def router(services: Services) -> APIRouter:
    """The routes of /feedback-configs."""
    routes = APIRouter()
    configs = services.feedback.configs

    def shown(config: FeedbackConfig) -> dict[str, Any]:
        empty: dict[str, Any] = {"min": None, "max": None, "categories": None}
        return {
            "feedback_key": config.name,
            "feedback_config": {**empty, **config.config},
            "tenant_id": workspace_id(services.records),
            "modified_at": config.modified_at.isoformat(),
            "is_enforced": config.is_enforced,
            "is_lower_score_better": config.lower_is_better,
        }

    @routes.post("/feedback-configs")
    def create_config(body: NewConfig, request: Request) -> dict[str, Any]:
        changes_workspace(request)
        made = configs.create(
            body.feedback_key,
            body.feedback_config,
            is_enforced=body.is_enforced,
            lower_is_better=body.is_lower_score_better,
        )
        return shown(made)

    @routes.get("/feedback-configs")
    def list_configs(
        request: Request,
        key: Annotated[Sequence[str], Query()] = (),
        name_contains: str = "",
        limit: int = PAGE,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        reads_workspace(request)
        first = max(0, offset)
        found = configs.list(tuple(key), name_contains)[first : first + max(0, min(limit, PAGE))]
        return [shown(config) for config in found]

    @routes.patch("/feedback-configs")
    def change_config(body: ConfigChange, request: Request) -> dict[str, Any]:
        changes_workspace(request)
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
        return shown(changed)

    @routes.delete("/feedback-configs")
    def delete_config(feedback_key: str, request: Request) -> dict[str, Any]:
        changes_workspace(request)
        configs.delete(feedback_key)
        return {}

    return routes
