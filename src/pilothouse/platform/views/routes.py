"""Saved views over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, status
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.errors import NotFound
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.views.models import View, ViewScope
from pilothouse.platform.views.service import Views


class ViewOut(BaseModel):
    """A saved view."""

    id: str
    project: str | None
    """null for a view of all projects."""
    name: str
    scope: ViewScope
    filter: str
    columns: list[str]
    order_by: str | None
    state: dict[str, Any]
    """Whatever else the page keeps with it."""
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class ViewList(BaseModel):
    """Saved views by name."""

    items: list[ViewOut]
    next_cursor: str | None = None


class NewView(BaseModel):
    """A view to save."""

    model_config = ConfigDict(extra="forbid")

    project: str | None = None
    name: str = Field(min_length=1, max_length=200)
    scope: ViewScope = "traces"
    filter: str = Field("", max_length=20_000)
    columns: list[str] = Field([], max_length=500)
    order_by: str | None = Field(None, max_length=500)
    state: dict[str, Any] = {}


class ViewChange(BaseModel):
    """What to change of a view."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=200)
    scope: ViewScope | None = None
    filter: str | None = Field(None, max_length=20_000)
    columns: list[str] | None = Field(None, max_length=500)
    order_by: str | None = Field(None, max_length=500)
    state: dict[str, Any] | None = None


def router(
    views: Views,
    projects: ProjectDirectory,
    *,
    allowed: Callable[[Request, str], bool],
    author: Callable[[Request], str],
) -> APIRouter:
    """The routes of saved views; `author` gives the name of who asks."""
    routes = ApiRouter(tags=["views"])

    def shown(view: View) -> ViewOut:
        project = None if view.project_id is None else projects.name_of(view.project_id)
        return ViewOut(
            id=str(view.id),
            project=project,
            name=view.name,
            scope=view.scope,
            filter=view.filter,
            columns=list(view.columns),
            order_by=view.order_by or None,
            state=view.state,
            created_by=view.created_by or None,
            created_at=view.created_at,
            updated_at=view.updated_at,
        )

    def existing(request: Request, view_id: str) -> View:
        number = int(view_id) if view_id.isascii() and view_id.isdigit() else 0
        view = views.get(number) if 0 < number < 2**62 else None
        if view is None:
            raise NotFound(f"there is no view {view_id!r}")
        project = None if view.project_id is None else projects.name_of(view.project_id)
        if project is not None and not allowed(request, project):
            raise NotFound(f"there is no view {view_id!r}")
        return view

    @routes.get("/views")
    def list_views(
        request: Request, project: str | None = None, scope: ViewScope | None = None
    ) -> ViewList:
        """The saved views of a project, and those of all projects."""
        number = None if project is None else projects.get(project).id
        found = [shown(view) for view in views.of_project(number)]
        return ViewList(
            items=[
                view
                for view in found
                if (scope is None or view.scope == scope)
                and (view.project is None or allowed(request, view.project))
            ]
        )

    @routes.post("/views", status_code=status.HTTP_201_CREATED)
    def save_view(request: Request, body: NewView) -> ViewOut:
        """A new saved view."""
        number = None if body.project is None else projects.get(body.project).id
        values = body.model_dump(exclude={"project"}) | {"order_by": body.order_by or ""}
        return shown(views.create(number, author(request), values))

    @routes.get("/views/{view_id}")
    def get_view(request: Request, view_id: str) -> ViewOut:
        """One saved view."""
        return shown(existing(request, view_id))

    @routes.patch("/views/{view_id}")
    def change_view(request: Request, view_id: str, body: ViewChange) -> ViewOut:
        """The view after a change; what is absent or null stays as it is."""
        given = body.model_dump(exclude_none=True)
        return shown(views.change(existing(request, view_id).id, given))

    @routes.delete("/views/{view_id}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_view(request: Request, view_id: str) -> None:
        """Remove a saved view."""
        views.remove(existing(request, view_id).id)

    return routes
