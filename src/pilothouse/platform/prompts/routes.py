"""Prompts over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, status
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.access.workspace import (
    changes_workspace,
    reads_workspace,
    sees_workspace,
)
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts.directories import files_of
from pilothouse.platform.prompts.models import (
    LATEST,
    Commit,
    Label,
    Prompt,
    PromptKind,
    PromptQuery,
)
from pilothouse.platform.prompts.records import ORDERS, Page, PromptOrder
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.records import micros_of
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.store.orders import bad_cursor, read_cursor, write_cursor

Text = Annotated[str, Field(max_length=200_000)]
Tag = Annotated[str, Field(min_length=1, max_length=200)]


class PromptOut(BaseModel):
    """A prompt without its versions."""

    id: str
    name: str
    kind: PromptKind
    description: str
    readme: str
    tags: list[str]
    is_public: bool
    is_archived: bool
    downloads: int
    views: int
    likes: int
    liked: bool
    """By the caller."""
    versions: int
    latest_hash: str | None
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class PromptPage(BaseModel):
    """Prompts, the last changed first unless asked otherwise."""

    items: list[PromptOut]
    next_cursor: str | None = None


class NewPrompt(BaseModel):
    """A prompt to make."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: PromptKind = "prompt"
    description: Text = ""
    readme: Text = ""
    tags: list[Tag] = Field([], max_length=100)
    is_public: bool = False


class PromptChange(BaseModel):
    """What to change of a prompt; what is absent or null stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    description: Text | None = None
    readme: Text | None = None
    tags: list[Tag] | None = Field(None, max_length=100)
    is_public: bool | None = None
    is_archived: bool | None = None


class PromptModel(BaseModel):
    """The model that a version names."""

    provider: str = ""
    name: str


class PlainPrompt(BaseModel):
    """A prompt as people write it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    type: Literal["chat", "text"] = "chat"
    messages: list[dict[str, Any]]
    """{"role": "system" | "user" | "assistant" | …, "content"}, or {"role": "placeholder",
    "name", "optional"} for messages that a variable brings."""
    template_format: Literal["f-string", "mustache", "jinja2"] = "f-string"
    """jinja2 is only read, of manifests that have it; it is neither written nor filled in."""
    variables: list[str] = []
    """Found in the messages; what is given here is not kept."""
    model: PromptModel | str | None = None
    parameters: dict[str, Any] = {}
    schema_: dict[str, Any] | None = Field(None, alias="schema")
    tools: list[Any] = []


class VersionOut(BaseModel):
    """A version of a prompt."""

    id: str
    version: int
    hash: str
    parent_hash: str | None
    description: str
    labels: list[str]
    downloads: int
    created_by: str | None
    created_at: datetime


class VersionDetail(VersionOut):
    """A version with what it holds, in both forms."""

    prompt: PlainPrompt | None
    """null for an agent or a skill."""
    manifest: dict[str, Any] | None
    """As LangChain serialises it."""
    files: dict[str, Any] | None
    """Of an agent or a skill, by path."""


class VersionPage(BaseModel):
    """Versions of a prompt, the newest first."""

    items: list[VersionOut]
    next_cursor: str | None = None


class NewVersion(BaseModel):
    """A version to make: one of `prompt`, `manifest` and `files`."""

    model_config = ConfigDict(extra="forbid")

    prompt: PlainPrompt | None = None
    manifest: dict[str, Any] | None = None
    files: dict[str, dict[str, Any] | None] | None = None
    """What changes: null deletes a file, files that are not named stay."""
    parent: str | None = Field(None, max_length=200)
    """The version that this one was made of; 409 when it is not the newest any more."""
    description: Text = ""
    labels: list[Tag] = Field([], max_length=20)
    """To be moved here."""


class LabelOut(BaseModel):
    """A label and the version that it points at."""

    label: str
    version: int
    hash: str
    moved_by: str | None
    moved_at: datetime


class LabelList(BaseModel):
    """The labels of a prompt by name."""

    items: list[LabelOut]
    next_cursor: str | None = None


class LabelMoved(LabelOut):
    """A label after it was moved; moving it to `previous.version` undoes that."""

    previous: LabelOut | None


class NewPlace(BaseModel):
    """Where a label is moved to."""

    model_config = ConfigDict(extra="forbid")

    version: int | str
    """A number, a hash or its beginning, another label, or "latest"."""


class ChangeOut(BaseModel):
    """A place that differs."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


class Diff(BaseModel):
    """What differs between two versions."""

    text: str
    """A unified diff of the messages, or of the files."""
    changes: list[ChangeOut]


class Values(BaseModel):
    """Values of a prompt's variables."""

    model_config = ConfigDict(extra="forbid")

    variables: dict[str, Any] = {}


class Rendered(BaseModel):
    """The messages with their variables filled in, and what else a call needs."""

    messages: list[dict[str, Any]]
    model: PromptModel | None
    parameters: dict[str, Any]
    tools: list[Any]
    schema_: dict[str, Any] | None = Field(alias="schema")


class Likes(BaseModel):
    """How many like a prompt."""

    likes: int


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
    ) -> PromptPage:
        """Prompts; without those that are archived unless they are asked for."""
        if not sees_workspace(request):
            return PromptPage(items=[])
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
        return PromptPage(
            items=[_prompt(prompt) for prompt in found],
            next_cursor=_cursor(order_by, page.order, found[-1]) if more else None,
        )

    @routes.post("/prompts", status_code=status.HTTP_201_CREATED)
    def create_prompt(body: NewPrompt, author: Author) -> PromptOut:
        """A new prompt, without versions yet."""
        given = body.model_dump(exclude={"name"})
        return _prompt(prompts.create(body.name, by=author, **given))

    @routes.get("/prompts/{name}")
    def get_prompt(name: str, reader: Reader) -> PromptOut:
        """One prompt."""
        return _prompt(prompts.get(name, account=reader))

    @routes.patch("/prompts/{name}")
    def change_prompt(name: str, body: PromptChange, author: Author) -> PromptOut:
        """The prompt after a change."""
        given = body.model_dump(exclude={"name"})
        return _prompt(prompts.change(name, new_name=body.name, account=author, **given))

    @routes.delete("/prompts/{name}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_prompt(name: str, _author: Author) -> None:
        """Remove a prompt with all its versions; to keep them, archive it instead."""
        prompts.delete(name)

    @routes.put("/prompts/{name}/like")
    def like_prompt(name: str, author: Author) -> Likes:
        """Say that the caller likes the prompt."""
        return Likes(likes=prompts.like(name, author))

    @routes.delete("/prompts/{name}/like")
    def unlike_prompt(name: str, author: Author) -> Likes:
        """Take that back."""
        return Likes(likes=prompts.like(name, author, on=False))


def _add_versions(routes: APIRouter, prompts: PromptService) -> None:
    @routes.get("/prompts/{name}/versions")
    def list_versions(
        name: str,
        _reader: Reader,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        cursor: str | None = None,
    ) -> VersionPage:
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
        return VersionPage(
            items=[VersionOut(**_version(commit)) for commit in found],
            next_cursor=write_cursor("versions", [found[-1].number]) if more else None,
        )

    @routes.post("/prompts/{name}/versions", status_code=status.HTTP_201_CREATED)
    def commit_version(name: str, body: NewVersion, author: Author) -> VersionDetail:
        """A new version on top of the newest; 409 when nothing changed, or somebody was faster."""
        commit = _committed(prompts, name, body, author)
        for label in body.labels:
            prompts.label(name, label, commit.id, by=author)
        return _detail(prompts.resolve(name, str(commit.number)))


def _committed(prompts: PromptService, name: str, body: NewVersion, author: str) -> Commit:
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
    def get_version(name: str, ref: Reference, _reader: Reader) -> VersionDetail:
        """The version that `latest`, a number, a hash or its beginning, or a label names."""
        return _detail(prompts.resolve(name, ref))

    @routes.post("/prompts/{name}/versions/{ref}/render")
    def render_version(name: str, ref: Reference, body: Values, _reader: Reader) -> Rendered:
        """The messages of a version, its variables filled in."""
        commit = prompts.resolve(name, ref, count_download=True)
        messages = prompts.render(name, commit.hash, body.variables)
        plain = manifests.plain(dict(commit.manifest))
        return Rendered(
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
    ) -> Diff:
        """What differs between two versions."""
        found = prompts.diff(name, before, after)
        return Diff(
            text=found.text,
            changes=[
                ChangeOut(path=c.path, kind=c.kind, before=c.before, after=c.after)
                for c in found.changes
            ],
        )


def _add_labels(routes: APIRouter, prompts: PromptService) -> None:
    @routes.get("/prompts/{name}/labels")
    def list_labels(name: str, _reader: Reader) -> LabelList:
        """The labels of a prompt by name."""
        return LabelList(items=[LabelOut(**_label(label)) for label in prompts.labels(name)])

    @routes.put("/prompts/{name}/labels/{label}")
    def move_label(name: str, label: str, body: NewPlace, author: Author) -> LabelMoved:
        """Point a label at a version; the answer says where it pointed before."""
        move = prompts.label(name, label, str(body.version), by=author)
        previous = None if move.previous is None else LabelOut(**_label(move.previous))
        return LabelMoved(**_label(move.label), previous=previous)

    @routes.get("/prompts/{name}/labels/{label}")
    def get_label(name: str, label: str, _reader: Reader) -> VersionDetail:
        """The version that a label points at."""
        return _detail(prompts.resolve(name, label))

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


def _prompt(prompt: Prompt) -> PromptOut:
    return PromptOut(
        id=prompt.id,
        name=prompt.name,
        kind=prompt.kind,
        description=prompt.description,
        readme=prompt.readme,
        tags=list(prompt.tags),
        is_public=prompt.is_public,
        is_archived=prompt.is_archived,
        downloads=prompt.downloads,
        views=prompt.views,
        likes=prompt.likes,
        liked=prompt.liked,
        versions=prompt.commits,
        latest_hash=prompt.last_hash or None,
        created_by=prompt.created_by or None,
        created_at=prompt.created_at,
        updated_at=prompt.updated_at,
    )


def _version(commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.id,
        "version": commit.number,
        "hash": commit.hash,
        "parent_hash": commit.parent_hash or None,
        "description": commit.description,
        "labels": list(commit.labels),
        "downloads": commit.downloads,
        "created_by": commit.created_by or None,
        "created_at": commit.created_at,
    }


def _detail(commit: Commit) -> VersionDetail:
    manifest = dict(commit.manifest)
    if "files" in manifest:
        return VersionDetail(
            **_version(commit), prompt=None, manifest=None, files=files_of(manifest)
        )
    plain = PlainPrompt.model_validate(manifests.plain(manifest))
    return VersionDetail(**_version(commit), prompt=plain, manifest=manifest, files=None)


def _label(label: Label) -> dict[str, Any]:
    return {
        "label": label.name,
        "version": label.number,
        "hash": label.hash,
        "moved_by": label.moved_by or None,
        "moved_at": label.moved_at,
    }
