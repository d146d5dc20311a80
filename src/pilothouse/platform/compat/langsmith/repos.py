"""Prompts as repositories: without their versions, which are in `commits`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from pilothouse.platform.access.workspace import changes_workspace, reads_workspace
from pilothouse.platform.compat.langsmith.bodies import Body
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.compat.langsmith.settings import HANDLE
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.prompts.models import KINDS, Prompt, PromptKind, PromptQuery
from pilothouse.platform.prompts.records import Page, PromptOrder
from pilothouse.platform.records.settings import workspace_id

PAGE: Final = 100
_OWN: Final = ("-", HANDLE)
_ORDERS: Final[dict[str, PromptOrder]] = {
    "updated_at": "updated_at",
    "created_at": "created_at",
    "num_likes": "likes",
    "num_downloads": "downloads",
    "num_views": "views",
}


class NewRepo(Body):
    """A prompt, an agent or a skill to make."""

    repo_handle: str
    description: str | None = None
    readme: str | None = None
    tags: list[str] | None = None
    is_public: bool = False
    repo_type: str | None = None


class RepoChange(Body):
    """What to change; null leaves."""

    description: str | None = None
    readme: str | None = None
    tags: list[str] | None = None
    is_public: bool | None = None
    is_archived: bool | None = None


class Like(Body):
    """Whether one likes it."""

    like: bool


def own(owner: str, name: str) -> str:
    """The name of a prompt that is named with its owner. Raises NotFound for another's."""
    if owner not in _OWN:
        raise NotFound(f"there is no prompt {owner}/{name}: all prompts here belong to {HANDLE!r}")
    return name


def repo_json(prompt: Prompt, tenant: str) -> dict[str, Any]:
    """A prompt as clients read it."""
    owner = HANDLE if prompt.is_public else None
    return {
        "id": prompt.id,
        "repo_handle": prompt.name,
        "repo_type": prompt.kind,
        "owner": owner,
        "full_name": f"{owner or '-'}/{prompt.name}",
        "tenant_id": tenant,
        "description": prompt.description,
        "readme": prompt.readme,
        "tags": list(prompt.tags),
        "is_public": prompt.is_public,
        "is_archived": prompt.is_archived,
        "num_likes": prompt.likes,
        "num_downloads": prompt.downloads,
        "num_views": prompt.views,
        "num_commits": prompt.commits,
        "liked_by_auth_user": prompt.liked,
        "last_commit_hash": prompt.last_hash or None,
        "created_at": prompt.created_at.isoformat(),
        "updated_at": prompt.updated_at.isoformat(),
        "original_repo_id": None,
        "upstream_repo_id": None,
        "original_repo_full_name": None,
        "upstream_repo_full_name": None,
    }


def router(services: Services) -> APIRouter:
    """The routes of /repos and /likes."""
    routes = APIRouter()
    prompts = services.prompts

    def shown(prompt: Prompt) -> dict[str, Any]:
        return {"repo": repo_json(prompt, workspace_id(services.records))}

    @routes.get("/repos")
    def list_repos(
        request: Request,
        limit: int = PAGE,
        offset: int = 0,
        is_public: bool | None = None,
        is_archived: bool | None = False,
        sort_field: str = "updated_at",
        sort_direction: str = "desc",
        query: str | None = None,
        repo_type: str | None = None,
        tags: Annotated[Sequence[str], Query()] = (),
    ) -> dict[str, Any]:
        account = reads_workspace(request)
        wanted = PromptQuery(
            text=query or "",
            kind=_kind(repo_type),
            is_public=is_public,
            is_archived=is_archived,
            tags=tuple(tags),
        )
        page = Page(
            order=_ORDERS.get(sort_field, "updated_at"),
            descending=sort_direction != "asc",
            limit=max(0, min(limit, PAGE)),
            offset=max(0, offset),
        )
        tenant = workspace_id(services.records)
        found = prompts.list(wanted, page, account=account)
        return {
            "repos": [repo_json(prompt, tenant) for prompt in found],
            "total": prompts.count(wanted),
        }

    @routes.post("/repos")
    def create_repo(body: NewRepo, request: Request) -> dict[str, Any]:
        made = prompts.create(
            body.repo_handle,
            kind=_kind(body.repo_type),
            description=body.description or "",
            readme=body.readme or "",
            tags=body.tags or (),
            is_public=body.is_public,
            by=changes_workspace(request),
        )
        return shown(made)

    @routes.get("/repos/{owner}/{name}")
    def read_repo(owner: str, name: str, request: Request) -> dict[str, Any]:
        account = reads_workspace(request)
        return shown(prompts.get(own(owner, name), account=account, count_view=True))

    @routes.patch("/repos/{owner}/{name}")
    def change_repo(owner: str, name: str, body: RepoChange, request: Request) -> dict[str, Any]:
        account = changes_workspace(request)
        return shown(prompts.change(own(owner, name), account=account, **body.model_dump()))

    @routes.delete("/repos/{owner}/{name}")
    def delete_repo(owner: str, name: str, request: Request) -> dict[str, Any]:
        changes_workspace(request)
        prompts.delete(own(owner, name))
        return {}

    @routes.post("/likes/{owner}/{name}")
    def like_repo(owner: str, name: str, body: Like, request: Request) -> dict[str, Any]:
        account = changes_workspace(request)
        return {"likes": prompts.like(own(owner, name), account, on=body.like)}

    return routes


def _kind(said: str | None) -> PromptKind:
    kind = next((kind for kind in KINDS if kind == (said or "prompt")), None)
    if kind is None:
        raise BadRequest(f"repo_type is one of {', '.join(KINDS)}, not {said!r}")
    return kind
