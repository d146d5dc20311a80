"""Channels and times of maintenance over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, status
from pydantic import SecretStr

from pilothouse.platform.alerts import channel_schemas as schemas
from pilothouse.platform.alerts.channels import ChannelService
from pilothouse.platform.alerts.models import Maintenance
from pilothouse.platform.alerts.service import AlertService, no_maintenance
from pilothouse.platform.query.reach import Author, Reach


def add_channels(routes: APIRouter, channels: ChannelService, author: Author) -> None:
    """The routes of channels; only admins change them, which the middleware sees to."""

    @routes.get("/alerts/channels")
    def list_alert_channels() -> schemas.ChannelList:
        """The channels of this server by name; where they lead is not told."""
        return schemas.ChannelList(items=[schemas.channel_out(one) for one in channels.list()])

    @routes.post("/alerts/channels", status_code=status.HTTP_201_CREATED)
    def create_alert_channel(request: Request, body: schemas.NewChannel) -> schemas.ChannelOut:
        """A new channel; where it leads is kept encrypted and never told again."""
        made = channels.create(
            body.name, body.kind, body.url.get_secret_value(), _said(body.secret), author(request)
        )
        return schemas.channel_out(made)

    @routes.patch("/alerts/channels/{channel_id}")
    def change_alert_channel(channel_id: str, body: schemas.ChannelChange) -> schemas.ChannelOut:
        """The channel after a change; a new url of a webhook needs its secret again."""
        changed = channels.change(
            channel_id, name=body.name, url=_said(body.url), secret=_said(body.secret)
        )
        return schemas.channel_out(changed)

    @routes.delete("/alerts/channels/{channel_id}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_alert_channel(channel_id: str) -> None:
        """Remove a channel that no rule tells on."""
        channels.delete(channel_id)

    @routes.post("/alerts/channels/{channel_id}/test")
    async def test_alert_channel(channel_id: str) -> schemas.ChannelTested:
        """Send a test message at once, and say whether it was taken."""
        latency_ms, error = await channels.test(channel_id)
        return schemas.ChannelTested(ok=not error, latency_ms=latency_ms, error=error or None)


def add_maintenance(routes: APIRouter, alerts: AlertService, scope: Reach, author: Author) -> None:
    """The routes of times of maintenance."""

    def existing(request: Request, number: str) -> Maintenance:
        found = alerts.one_maintenance(number)
        if not scope.sees(request, found.project_id):
            raise no_maintenance(number)
        return found

    def shown(found: Maintenance) -> schemas.MaintenanceOut:
        project = scope.name(found.project_id) or ""
        return schemas.maintenance_out(found, project, datetime.now(UTC))

    @routes.get("/alerts/maintenance")
    def list_maintenance(request: Request, project: str | None = None) -> schemas.MaintenanceList:
        """Times of maintenance by name."""
        number = None if project is None else scope.number(request, project)
        found = [one for one in alerts.maintenance(number) if scope.sees(request, one.project_id)]
        return schemas.MaintenanceList(items=[shown(one) for one in found])

    @routes.post("/alerts/maintenance", status_code=status.HTTP_201_CREATED)
    def create_maintenance(
        request: Request, body: schemas.NewMaintenance
    ) -> schemas.MaintenanceOut:
        """A new time in which nobody is told of a project's alerts."""
        number = scope.number(request, body.project)
        made = alerts.add_maintenance(number, body.name, body.schedule.schedule(), author(request))
        return shown(made)

    @routes.put("/alerts/maintenance/{maintenance_id}")
    def change_maintenance(
        request: Request, maintenance_id: str, body: schemas.MaintenanceChange
    ) -> schemas.MaintenanceOut:
        """The time of maintenance, written anew."""
        existing(request, maintenance_id)
        return shown(alerts.change_maintenance(maintenance_id, body.name, body.schedule.schedule()))

    @routes.delete("/alerts/maintenance/{maintenance_id}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_maintenance(request: Request, maintenance_id: str) -> None:
        """Remove a time of maintenance."""
        existing(request, maintenance_id)
        alerts.delete_maintenance(maintenance_id)


def _said(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
