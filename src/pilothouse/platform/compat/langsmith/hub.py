"""The files of agents and skills, version by version."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from pilothouse.platform.access.workspace import changes_workspace, reads_workspace
from pilothouse.platform.compat.langsmith.bodies import Body
from pilothouse.platform.compat.langsmith.commits import commit_json
from pilothouse.platform.compat.langsmith.repos import own
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import NotFound
from pilothouse.platform.prompts.directories import files_of
from pilothouse.platform.prompts.models import LATEST


class NewFiles(Body):
    """The files that change; null deletes, those that are not named stay."""

    files: dict[str, dict[str, Any] | None]
    parent_commit: str | None = None
    description: str | None = None


def router(services: Services) -> APIRouter:
    """The routes of directories."""
    routes = APIRouter(prefix="/platform/hub/repos/{owner}/{name}/directories")
    prompts = services.prompts

    @routes.get("")
    def read_directory(
        owner: str,
        name: str,
        request: Request,
        commit: str | None = None,
        repo_type: str | None = None,
    ) -> dict[str, Any]:
        reads_workspace(request)
        kind = prompts.get(own(owner, name)).kind
        if kind == "prompt" or repo_type not in (None, kind):
            raise NotFound(f"{name!r} is {kind}, not {repo_type or 'a directory'}")
        found = prompts.resolve(name, commit or LATEST, count_download=True)
        return {
            "commit_id": found.id,
            "commit_hash": found.hash,
            "files": files_of(found.manifest),
        }

    @routes.post("/commits")
    def write_directory(owner: str, name: str, body: NewFiles, request: Request) -> dict[str, Any]:
        made = prompts.commit_files(
            own(owner, name),
            body.files,
            parent=body.parent_commit,
            description=body.description or "",
            by=changes_workspace(request),
        )
        return {"commit": commit_json(made)}

    @routes.delete("")
    def delete_directory(owner: str, name: str, request: Request) -> dict[str, Any]:
        changes_workspace(request)
        prompts.delete(own(owner, name))
        return {}

    return routes
