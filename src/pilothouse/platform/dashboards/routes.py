"""Dashboards over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request, status

from pilothouse.platform.dashboards import schemas
from pilothouse.platform.dashboards.checking import check_panels
from pilothouse.platform.dashboards.models import Dashboard
from pilothouse.platform.dashboards.service import Dashboards, no_dashboard
from pilothouse.platform.query.reach import Allowed, Author, Directory, Reach
from pilothouse.platform.routing import ApiRouter


def router(
    dashboards: Dashboards, projects: Directory, *, allowed: Allowed, author: Author
) -> APIRouter:
    """The routes; keys of one project see its dashboards."""
    routes = ApiRouter(tags=["dashboards"])
    scope = Reach(projects, allowed)
    _add_all(routes, dashboards, scope, author)
    _add_one(routes, dashboards, scope, author)
    return routes


def _add_all(routes: APIRouter, dashboards: Dashboards, scope: Reach, author: Author) -> None:
    @routes.get("/dashboards")
    def list_dashboards(request: Request, project: str | None = None) -> schemas.DashboardPage:
        """Dashboards by name, without their panels."""
        number = None if project is None else scope.number(request, project)
        seen = [each for each in dashboards.list(number) if scope.sees(request, each.project_id)]
        named = [(each, scope.name(each.project_id)) for each in seen]
        return schemas.DashboardPage(
            items=[schemas.summary(each, name) for each, name in named if name is not None]
        )

    @routes.post(
        "/dashboards", status_code=status.HTTP_201_CREATED, response_model_exclude_unset=True
    )
    def create_dashboard(request: Request, body: schemas.NewDashboard) -> schemas.DashboardOut:
        """A new dashboard, written anew or as another one was answered."""
        number = scope.number(request, body.project)
        check_panels(body.panels)
        made = dashboards.create(
            number,
            name=body.name,
            description=body.description,
            refresh_s=body.refresh_s,
            panels=schemas.kept_panels(body.panels),
            by=author(request),
        )
        return _shown(scope, made)


def _add_one(routes: APIRouter, dashboards: Dashboards, scope: Reach, author: Author) -> None:
    def existing(request: Request, dashboard_id: str) -> Dashboard:
        found = dashboards.get(dashboard_id)
        if not scope.sees(request, found.project_id):
            raise no_dashboard(dashboard_id)
        return found

    @routes.get("/dashboards/{dashboard_id}", response_model_exclude_unset=True)
    def get_dashboard(request: Request, dashboard_id: str) -> schemas.DashboardOut:
        """A dashboard with its panels; posted again it makes another one like it."""
        return _shown(scope, existing(request, dashboard_id))

    @routes.patch("/dashboards/{dashboard_id}", response_model_exclude_unset=True)
    def change_dashboard(
        request: Request, dashboard_id: str, body: schemas.DashboardChange
    ) -> schemas.DashboardOut:
        """The dashboard after a change; 409 when somebody else has changed it since `version`."""
        found = existing(request, dashboard_id)
        check_panels(body.panels or [])
        changed = dashboards.change(
            found.id, version=body.version, by=author(request), given=schemas.given(body)
        )
        return _shown(scope, changed)

    @routes.delete("/dashboards/{dashboard_id}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_dashboard(request: Request, dashboard_id: str) -> None:
        """Remove a dashboard; the traces that it shows stay."""
        dashboards.remove(existing(request, dashboard_id).id)


def _shown(scope: Reach, found: Dashboard) -> schemas.DashboardOut:
    """A dashboard as the API shows it. Raises NotFound while its project is being deleted."""
    project = scope.name(found.project_id)
    if project is None:
        raise no_dashboard(found.id)
    return schemas.dashboard_out(found, project)
