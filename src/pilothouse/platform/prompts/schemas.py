"""What prompts, their versions and labels look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts.directories import files_of
from pilothouse.platform.prompts.models import Commit, Label, Move, Prompt, PromptKind

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


def prompt_out(prompt: Prompt) -> PromptOut:
    """A prompt as the API shows it."""
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


def version_out(commit: Commit) -> VersionOut:
    """A version as a list shows it."""
    return VersionOut(**_version(commit))


def detail_out(commit: Commit) -> VersionDetail:
    """A version with what it holds, in both forms."""
    manifest = dict(commit.manifest)
    if "files" in manifest:
        return VersionDetail(
            **_version(commit), prompt=None, manifest=None, files=files_of(manifest)
        )
    plain = PlainPrompt.model_validate(manifests.plain(manifest))
    return VersionDetail(**_version(commit), prompt=plain, manifest=manifest, files=None)


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


def label_out(label: Label) -> LabelOut:
    """A label as the API shows it."""
    return LabelOut(**_label(label))


def moved_out(move: Move) -> LabelMoved:
    """A label after it was moved."""
    previous = None if move.previous is None else label_out(move.previous)
    return LabelMoved(**_label(move.label), previous=previous)


def _label(label: Label) -> dict[str, Any]:
    return {
        "label": label.name,
        "version": label.number,
        "hash": label.hash,
        "moved_by": label.moved_by or None,
        "moved_at": label.moved_at,
    }
