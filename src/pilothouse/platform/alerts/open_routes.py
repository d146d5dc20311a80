"""How many alert rules are open, for what shows that on every page.

Asked each half minute by every browser that is open: it loads nothing of the other routes, and
asks the records once, however many rules there are.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from pilothouse.platform.alerts.work_records import opened
from pilothouse.platform.query.reach import Allowed, Directory, Reach
from pilothouse.platform.records import Records
from pilothouse.platform.routing import ApiRouter


class OpenAlerts(BaseModel):
    """How the rules of a project stand, without those that are switched off."""

    project: str
    rules: int
    open_rules: int
    """Those with an open episode."""
    failing_rules: int
    """Those that cannot be evaluated."""


class OpenAlertsPage(BaseModel):
    """The projects that have rules at work."""

    items: list[OpenAlerts]
    next_cursor: str | None = None


def router(records: Records, projects: Directory, *, allowed: Allowed) -> APIRouter:
    """The route; keys of one project see it alone."""
    routes = ApiRouter(tags=["alerts"])
    reach = Reach(projects, allowed)

    @routes.get("/open-alerts")
    def list_open_alerts(request: Request) -> OpenAlertsPage:
        """How many alert rules have an open episode, by project."""
        with records.read() as session:
            found = opened(session)
        seen = [one for one in found if reach.sees(request, one.project_id)]
        named = [(one, reach.name(one.project_id)) for one in seen]
        return OpenAlertsPage(
            items=[
                OpenAlerts(
                    project=name,
                    rules=one.rules,
                    open_rules=one.open_rules,
                    failing_rules=one.failing_rules,
                )
                for one, name in named
                if name is not None
            ]
        )

    return routes
