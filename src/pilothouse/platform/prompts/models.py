"""What a prompt, a version of it and a label are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pilothouse.platform.errors import BadRequest

Manifest = Mapping[str, Any]  # Any: LangChain's serialisation, or the files of a directory
PromptKind = Literal["prompt", "agent", "skill"]
KINDS: Final[tuple[PromptKind, ...]] = ("prompt", "agent", "skill")
LATEST: Final = "latest"
SHORTEST_HASH: Final = 4
"""So many digits of a hash name a version, if only one has them."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_LABEL: Final = re.compile(r"[^\x00-\x1f\x7f/]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt, without its versions; an agent or a skill is a folder of files instead."""

    id: str
    name: str
    kind: PromptKind
    description: str
    readme: str
    tags: tuple[str, ...]
    is_public: bool
    is_archived: bool
    downloads: int
    views: int
    likes: int
    commits: int
    last_hash: str
    """Of the newest version; "" while there is none."""
    liked: bool
    """By whoever asks."""
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A version of a prompt; it never changes."""

    id: str
    prompt_id: str
    number: int
    """1, 2, 3 …"""
    hash: str
    parent_hash: str
    """"" for the first."""
    parent_id: str
    manifest: Manifest
    description: str
    downloads: int
    created_by: str
    created_at: datetime
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name that points at one version of a prompt, and is moved to another."""

    name: str
    commit_id: str
    number: int
    hash: str
    moved_by: str
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What moving a label did; moving it back to `previous` undoes that."""

    label: Label
    previous: Label | None
    """Where it pointed before; None when it is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptQuery:
    """Which prompts are wanted; None asks for any."""

    text: str = ""
    """Stands in the name or the description, whatever its case."""
    prefix: str = ""
    """The name begins so."""
    kind: PromptKind | None = "prompt"
    is_public: bool | None = None
    is_archived: bool | None = False
    tags: tuple[str, ...] = ()
    """The prompt has all of them."""


def checked_name(name: str) -> str:
    """The name of a prompt; raises BadRequest for a wrong one."""
    if not _NAME.fullmatch(name):
        raise BadRequest(
            "a prompt's name has letters, digits, '.', '_' and '-', begins with a letter or digit "
            f"and is at most 200 characters long, unlike {name[:80]!r}"
        )
    return name


def checked_label(label: str) -> str:
    """A label; raises BadRequest for one that means something else."""
    if label == LATEST or label.isdigit() or not _LABEL.fullmatch(label):
        raise BadRequest(
            f"{label[:80]!r} cannot be a label: it is 'latest', a number, empty, longer than 200 "
            "characters, or has a '/' or a control character"
        )
    return label


def canonical(manifest: Manifest) -> str:
    """The one text of a manifest, whatever the order of its keys."""
    return json.dumps(manifest, sort_keys=True, separators=(",", ":"))


def hash_of(parent_hash: str, manifest: Manifest) -> str:
    """SHA-256 over the parent and the manifest: the same text after another parent differs."""
    return hashlib.sha256(f"{parent_hash}\n{canonical(manifest)}".encode()).hexdigest()
