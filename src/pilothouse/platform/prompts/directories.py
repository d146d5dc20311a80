"""The files of an agent or a skill: each version holds all of them, a write names what changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.prompts.models import Manifest

Entry = Mapping[str, Any]  # Any: {"type": "file", "content"} or a link to another agent or skill
MOST_FILES: Final = 5_000
LONGEST_PATH: Final = 1_000
_TYPES: Final = ("file", "agent", "skill")


def files_of(manifest: Manifest | None) -> dict[str, Entry]:
    """The files of a version by path."""
    return dict(manifest.get("files", {})) if manifest else {}


def with_changes(before: Manifest | None, changes: Mapping[str, Entry | None]) -> dict[str, Any]:
    """The manifest after the files that are given are written; null deletes. Raises BadRequest."""
    files = files_of(before)
    for path, entry in changes.items():
        _check_path(path)
        if entry is None:
            files.pop(path, None)
        else:
            _check_entry(path, entry)
            files[path] = entry
    if len(files) > MOST_FILES:
        raise BadRequest(f"a directory has at most {MOST_FILES} files, not {len(files)}")
    return {"files": files}


def _check_path(path: str) -> None:
    words = path.split("/")
    is_wrong = "\\" in path or "\0" in path or any(word in {"", ".", ".."} for word in words)
    if is_wrong or len(path) > LONGEST_PATH:
        raise BadRequest(
            f"{path[:80]!r} is no path of a file here: write it as folder/file, "
            "without '..' and without '/' at its ends"
        )


def _check_entry(path: str, entry: Entry) -> None:
    kind = entry.get("type")
    if kind not in _TYPES:
        raise BadRequest(f"{path}: type is file, agent or skill, not {kind!r}")
    if kind == "file" and not isinstance(entry.get("content"), str):
        raise BadRequest(f"{path}: a file has a content, a text")
