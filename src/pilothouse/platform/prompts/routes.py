"""Prompts over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, status

from pilothouse.platform.access.workspace import (
    changes_workspace,
    reads_workspace,
    sees_workspace,
)
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts import schemas
from pilothouse.platform.prompts.models import (
    LATEST,
    Commit,
    Prompt,
    PromptKind,
    PromptQuery,
)
from pilothouse.platform.prompts.records import ORDERS, Page, PromptOrder
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.records import micros_of
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.store.orders import bad_cursor, read_cursor, write_cursor

Reader = Annotated[str, Depends(reads_workspace)]
Author = Annotated[str, Depends(changes_workspace)]
Reference = str


def router(prompts: PromptService) -> APIRouter:
    """The routes of prompts."""
    routes = ApiRouter(tags=["prompts"])
    _add_prompts(routes, prompts)
    _add_versions(routes, prompts)
    _add_readings(routes, prompts)
    _add_labels(routes, prompts)
    return routes


def _add_prompts(routes: APIRouter, prompts: PromptService) -> None:
    @routes.get("/prompts")
    def list_prompts(
        request: Request,
        query: Annotated[str, Query(max_length=500, description="Part of name or text.")] = "",
        kind: PromptKind | None = "prompt",
        tag: Annotated[list[str] | None, Query()] = None,
        is_public: bool | None = None,
        is_archived: bool | None = False,
        order_by: Annotated[str, Query(description="A column, with `-` largest first.")] = (
            "-updated_at"
        ),
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        cursor: str | None = None,
    ) -> schemas.PromptPage:
        """Prompts; without those that are archived unless they are asked for."""
        if not sees_workspace(request):
            return schemas.PromptPage(items=[])
        wanted = PromptQuery(
            text=query,
            kind=kind,
            is_public=is_public,
            is_archived=is_archived,
            tags=tuple(tag or ()),
        )
        page = _page(order_by, limit, cursor)
        found = prompts.list(wanted, page, account=reads_workspace(request))
        more = len(found) > limit
        found = found[:limit]
        return schemas.PromptPage(
            items=[schemas.prompt_out(prompt) for prompt in found],
            next_cursor=_cursor(order_by, page.order, found[-1]) if more else None,
        )

    @routes.post("/prompts", status_code=status.HTTP_201_CREATED)
    def create_prompt(body: schemas.NewPrompt, author: Author) -> schemas.PromptOut:
        """A new prompt, without versions yet."""
        given = body.model_dump(exclude={"name"})
        return schemas.prompt_out(prompts.create(body.name, by=author, **given))

    @routes.get("/prompts/{name}")
    def get_prompt(name: str, reader: Reader) -> schemas.PromptOut:
        """One prompt."""
        return schemas.prompt_out(prompts.get(name, account=reader))

    @routes.patch("/prompts/{name}")
    def change_prompt(name: str, body: schemas.PromptChange, author: Author) -> schemas.PromptOut:
        """The prompt after a change."""
        given = body.model_dump(exclude={"name"})
        return schemas.prompt_out(prompts.change(name, new_name=body.name, account=author, **given))

    @routes.delete("/prompts/{name}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_prompt(name: str, _author: Author) -> None:
        """Remove a prompt with all its versions; to keep them, archive it instead."""
        prompts.delete(name)

    @routes.put("/prompts/{name}/like")
    def like_prompt(name: str, author: Author) -> schemas.Likes:
        """Say that the caller likes the prompt."""
        return schemas.Likes(likes=prompts.like(name, author))

    @routes.delete("/prompts/{name}/like")
    def unlike_prompt(name: str, author: Author) -> schemas.Likes:
        """Take that back."""
        return schemas.Likes(likes=prompts.like(name, author, on=False))


def _add_versions(routes: APIRouter, prompts: PromptService) -> None:
    @routes.get("/prompts/{name}/versions")
    def list_versions(
        name: str,
        _reader: Reader,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        cursor: str | None = None,
    ) -> schemas.VersionPage:
        """The versions of a prompt, the newest first."""
        before = None
        if cursor:
            place = read_cursor(cursor, "versions")
            if not isinstance(place, list) or len(place) != 1 or type(place[0]) is not int:
                raise bad_cursor()
            before = place[0]
        found = prompts.commits(name, limit=limit + 1, before=before)
        more = len(found) > limit
        found = found[:limit]
        return schemas.VersionPage(
            items=[schemas.version_out(commit) for commit in found],
            next_cursor=write_cursor("versions", [found[-1].number]) if more else None,
        )

    @routes.post("/prompts/{name}/versions", status_code=status.HTTP_201_CREATED)
    def commit_version(
        name: str, body: schemas.NewVersion, author: Author
    ) -> schemas.VersionDetail:
        """A new version on top of the newest; 409 when nothing changed, or somebody was faster."""
        commit = _committed(prompts, name, body, author)
        for label in body.labels:
            prompts.label(name, label, commit.id, by=author)
        return schemas.detail_out(prompts.resolve(name, str(commit.number)))


def _committed(prompts: PromptService, name: str, body: schemas.NewVersion, author: str) -> Commit:
    given = [x for x in (body.prompt, body.manifest, body.files) if x is not None]
    if len(given) != 1:
        raise BadRequest("a version is made of one of prompt, manifest and files")
    parent, description = body.parent, body.description
    if body.prompt is not None:
        plain = body.prompt.model_dump(by_alias=True)
        return prompts.commit_plain(name, plain, parent=parent, description=description, by=author)
    if body.manifest is not None:
        return prompts.commit(
            name, body.manifest, parent=parent, description=description, by=author
        )
    files = body.files or {}
    return prompts.commit_files(name, files, parent=parent, description=description, by=author)


def _add_readings(routes: APIRouter, prompts: PromptService) -> None:
    @routes.get("/prompts/{name}/versions/{ref}")
    def get_version(name: str, ref: Reference, _reader: Reader) -> schemas.VersionDetail:
        """The version that `latest`, a number, a hash or its beginning, or a label names."""
        return schemas.detail_out(prompts.resolve(name, ref))

    @routes.post("/prompts/{name}/versions/{ref}/render")
    def render_version(
        name: str, ref: Reference, body: schemas.Values, _reader: Reader
    ) -> schemas.Rendered:
        """The messages of a version, its variables filled in."""
        commit = prompts.resolve(name, ref, count_download=True)
        messages = prompts.render(name, commit.hash, body.variables)
        plain = manifests.plain(dict(commit.manifest))
        return schemas.Rendered(
            messages=messages,
            model=plain["model"],
            parameters=plain["parameters"],
            tools=plain["tools"],
            schema=plain["schema"],
        )

    @routes.get("/prompts/{name}/diff")
    def diff_versions(
        name: str,
        _reader: Reader,
        before: Annotated[str, Query(alias="from")],
        after: Annotated[str, Query(alias="to")] = LATEST,
    ) -> schemas.Diff:
        """What differs between two versions."""
        found = prompts.diff(name, before, after)
        return schemas.Diff(
            text=found.text,
            changes=[
                schemas.ChangeOut(path=c.path, kind=c.kind, before=c.before, after=c.after)
                for c in found.changes
            ],
        )


def _add_labels(routes: APIRouter, prompts: PromptService) -> None:
    @routes.get("/prompts/{name}/labels")
    def list_labels(name: str, _reader: Reader) -> schemas.LabelList:
        """The labels of a prompt by name."""
        return schemas.LabelList(items=[schemas.label_out(label) for label in prompts.labels(name)])

    @routes.put("/prompts/{name}/labels/{label}")
    def move_label(
        name: str, label: str, body: schemas.NewPlace, author: Author
    ) -> schemas.LabelMoved:
        """Point a label at a version; the answer says where it pointed before."""
        move = prompts.label(name, label, str(body.version), by=author)
        return schemas.moved_out(move)

    @routes.get("/prompts/{name}/labels/{label}")
    def get_label(name: str, label: str, _reader: Reader) -> schemas.VersionDetail:
        """The version that a label points at."""
        return schemas.detail_out(prompts.resolve(name, label))

    @routes.delete("/prompts/{name}/labels/{label}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_label(name: str, label: str, _author: Author) -> None:
        """Remove a label; the versions stay."""
        prompts.unlabel(name, label)


def _page(order_by: str, limit: int, cursor: str | None) -> Page:
    """One row more than asked, to know whether there are more."""
    name = order_by.lstrip("-+")
    order: PromptOrder | None = next((known for known in ORDERS if known == name), None)
    if order is None:
        raise BadRequest(
            f"cannot order by {name!r}", {"parameter": "order_by", "known": sorted(ORDERS)}
        )
    after = None
    if cursor:
        place = read_cursor(cursor, order_by)
        kind = str if order == "name" else int
        if (
            not isinstance(place, list)
            or len(place) != 2
            or type(place[0]) is not kind
            or not isinstance(place[1], str)
        ):
            raise bad_cursor()
        after = (place[0], place[1])
    return Page(order=order, descending=order_by.startswith("-"), limit=limit + 1, after=after)


def _cursor(order_by: str, order: PromptOrder, last: Prompt) -> str:
    value = getattr(last, order)
    return write_cursor(
        order_by, [micros_of(value) if isinstance(value, datetime) else value, last.id]
    )
