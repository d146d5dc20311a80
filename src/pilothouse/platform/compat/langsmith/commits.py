"""Versions of prompts: pushed, listed, pulled, and tagged."""

from __future__ import annotations

from fastapi import APIRouter, Request

from pilothouse.platform.access.workspace import changes_workspace, reads_workspace
from pilothouse.platform.compat.langsmith.bodies import Body, Json
from pilothouse.platform.compat.langsmith.repos import PAGE, own
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts.models import Commit, Label


class NewCommit(Body):
    """A version to add on top of `parent_commit`, or of the newest."""

    manifest: Json
    parent_commit: str | None = None
    description: str | None = None


class NewTag(Body):
    """A tag and the version that it points at from now on."""

    tag_name: str
    commit_id: str


def commit_json(commit: Commit) -> Json:
    """A version without its text."""
    return {
        "id": commit.id,
        "commit_hash": commit.hash,
        "manifest_id": commit.id,
        "repo_id": commit.prompt_id,
        "parent_id": commit.parent_id or None,
        "parent_commit_hash": commit.parent_hash or None,
        "description": commit.description or None,
        "created_at": commit.created_at.isoformat(),
        "updated_at": commit.created_at.isoformat(),
        "example_run_ids": [],
        "num_downloads": commit.downloads,
        "num_views": commit.downloads,
    }


def tag_json(label: Label) -> Json:
    """A tag and where it points."""
    return {
        "tag_name": label.name,
        "commit_id": label.commit_id,
        "commit_hash": label.hash,
        "updated_at": label.moved_at.isoformat(),
    }


def _manifest(commit: Commit, *, include_model: bool) -> Json:
    """The text of a version, in a form that clients load."""
    manifest = dict(commit.manifest)
    part = manifests.with_model if include_model else manifests.prompt_part
    return part(manifest)


def router(services: Services) -> APIRouter:
    """The routes of /commits, and those of tags."""
    routes = APIRouter()
    prompts = services.prompts

    @routes.get("/commits/{owner}/{name}")
    def list_commits(
        owner: str,
        name: str,
        request: Request,
        limit: int = PAGE,
        offset: int = 0,
        include_model: bool = False,
    ) -> Json:
        account = reads_workspace(request)
        prompt = prompts.get(own(owner, name), account=account)
        found = prompts.commits(name, limit=max(0, min(limit, PAGE)), offset=max(0, offset))
        shown = []
        for commit in found:
            one = commit_json(commit)
            if include_model:
                one["manifest"] = _manifest(commit, include_model=True)
            shown.append(one)
        return {"commits": shown, "total": prompt.commits}

    @routes.post("/commits/{owner}/{name}")
    def create_commit(owner: str, name: str, body: NewCommit, request: Request) -> Json:
        commit = prompts.commit(
            own(owner, name),
            body.manifest,
            parent=body.parent_commit,
            description=body.description or "",
            by=changes_workspace(request),
        )
        return {"commit": commit_json(commit)}

    @routes.get("/commits/{owner}/{name}/{ref:path}")
    def pull_commit(
        owner: str, name: str, ref: str, request: Request, include_model: bool = False
    ) -> Json:
        reads_workspace(request)
        commit = prompts.resolve(own(owner, name), ref, count_download=True)
        provider, model = manifests.model_of(dict(commit.manifest))
        return {
            "id": commit.id,
            "commit_hash": commit.hash,
            "manifest": _manifest(commit, include_model=include_model),
            "examples": [],
            "description": commit.description or None,
            "model_provider": provider or None,
            "model_config": {"model": model} if model else None,
        }

    @routes.get("/repos/{owner}/{name}/tags")
    def list_tags(owner: str, name: str, request: Request) -> list[Json]:
        reads_workspace(request)
        return [tag_json(label) for label in prompts.labels(own(owner, name))]

    @routes.post("/repos/{owner}/{name}/tags")
    def move_tag(owner: str, name: str, body: NewTag, request: Request) -> Json:
        by = changes_workspace(request)
        return tag_json(prompts.label(own(owner, name), body.tag_name, body.commit_id, by=by).label)

    return routes
