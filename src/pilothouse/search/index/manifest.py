"""What an index says of itself: the file that makes a folder an index."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pilothouse.search.errors import IndexUnusable

NAME: Final = "manifest.json"
FORMAT: Final = 1
Kind = Literal["exact", "hnsw"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class File(_Part):
    """A file of the index."""

    path: str = Field(
        pattern=r"^(vectors|keys|chunks|graph|words)-[0-9a-f]{12}(/[a-z0-9.]+|\.[a-z0-9]+)$"
    )
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Model(_Part):
    """The model of embeddings."""

    id: str
    address: str | None
    dim: int = Field(ge=1)
    metric: Literal["cosine"] = "cosine"


class Manifest(_Part):
    """All that is to be known before the files are opened."""

    format: Literal[1] = 1
    pilothouse_version: str
    created_at: datetime
    updated_at: datetime
    version: str
    """Another after each save."""
    embedder: Model
    kind: Kind
    asked_kind: Literal["auto", "exact", "hnsw"] = "auto"
    params: dict[str, int] = Field(default_factory=dict)
    recall: float | None = None
    """The share of the ten nearest that the approximate search finds; None for the exact one."""
    chunk_count: int = Field(ge=0)
    source_count: int = Field(ge=0)
    dead_count: int = Field(default=0, ge=0)
    next_key: int = Field(ge=0)
    about: dict[str, Any] = Field(default_factory=dict)
    """Any: how it was made, as whoever made it noted it: sources, splitter, sizes."""
    files: dict[str, File]


def write(manifest: Manifest, path: Path) -> None:
    """Writes a manifest with its own digest."""
    said = manifest.model_dump(mode="json")
    path.write_text(json.dumps({**said, "digest": _digest(said)}, indent=2) + "\n", "utf-8")


def read(folder: Path) -> Manifest:
    """The manifest of a folder. Raises IndexUnusable saying why it is no index of ours."""
    path = folder / NAME
    try:
        said = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise IndexUnusable(f"{folder} is no index: {_instead(folder)}") from None
    except (ValueError, OSError) as e:
        raise IndexUnusable(f"{path} is damaged: {e}") from None
    if not isinstance(said, dict) or "format" not in said or "files" not in said:
        raise IndexUnusable(f"{path} is the manifest of something else")
    if isinstance(said["format"], int) and said["format"] > FORMAT:
        raise IndexUnusable(f"{folder} was made by a newer Pilothouse: update, or build it anew")
    digest = said.pop("digest", None)
    if digest != _digest(said):
        raise IndexUnusable(f"{path} is damaged: it was changed after it was written")
    try:
        return Manifest.model_validate(said)
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise IndexUnusable(f"{path} is damaged: {where}: {first['msg']}") from None


def _digest(said: dict[str, Any]) -> str:
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _instead(folder: Path) -> str:
    if (folder / "index.pkl").exists():
        return "it is LangChain's; read it by Index.from_langchain_faiss(…, trust_pickle=True)"
    return "it has no manifest.json" if folder.is_dir() else "there is no such folder"
