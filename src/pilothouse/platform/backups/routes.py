"""Backups over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, status
from pydantic import BaseModel, ConfigDict

from pilothouse.platform.backups.service import Backups
from pilothouse.platform.jobs.models import JobOut
from pilothouse.platform.routing import ApiRouter


class BackupOut(BaseModel):
    """A whole backup."""

    name: str
    created_at: str
    version: str
    bytes: int


class BackupList(BaseModel):
    """All whole backups, newest first."""

    items: list[BackupOut]
    next_cursor: str | None = None


class NewBackup(BaseModel):
    """A backup to write."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    """By default one made of the time."""


def router(backups: Backups, *, author: Callable[[Request], str]) -> APIRouter:
    """The routes of backups; `author` gives the name of who asks."""
    routes = ApiRouter(tags=["backups"])

    @routes.get("/backups")
    def list_backups() -> BackupList:
        """The backups in the server's directory of backups."""
        return BackupList(
            items=[
                BackupOut(
                    name=name,
                    created_at=manifest.created_at,
                    version=manifest.version,
                    bytes=manifest.bytes,
                )
                for name, manifest in backups.every()
            ]
        )

    @routes.post("/backups", status_code=status.HTTP_202_ACCEPTED)
    def start_backup(request: Request, body: NewBackup | None = None) -> JobOut:
        """The job that writes a backup; its result says where."""
        return JobOut.of(backups.start(None if body is None else body.name, author(request)))

    return routes
