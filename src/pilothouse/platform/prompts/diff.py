"""What differs between two versions: as lines of text, and as a list of changed places."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts.directories import files_of
from pilothouse.platform.prompts.models import Manifest

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A place that differs."""

    path: str
    """`messages.0.content`, `parameters.temperature`, the path of a file."""
    kind: Literal["added", "removed", "changed"]
    before: Any = None  # Any: JSON
    after: Any = None  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The way from one version to another."""

    text: str
    """Unified diff of the messages, or of the files."""
    changes: tuple[Change, ...]


def difference(before: Manifest, after: Manifest, names: tuple[str, str]) -> Difference:
    """What was changed from one manifest to the other; `names` head the diff."""
    if "files" in before or "files" in after:
        left, right = _files_text(before), _files_text(after)
        shape: tuple[Any, Any] = (files_of(before), files_of(after))
    else:
        shape = (manifests.plain(dict(before)), manifests.plain(dict(after)))
        left, right = _text(shape[0]), _text(shape[1])
    lines = difflib.unified_diff(left, right, *names, lineterm="")
    return Difference(text="\n".join(lines), changes=tuple(_changes("", *shape)))


def _text(plain: Mapping[str, Any]) -> list[str]:
    """The messages as a person reads them, one after the other."""
    lines: list[str] = []
    for message in plain["messages"]:
        lines.append(f"[{message['role']}]")
        if message["role"] == "placeholder":
            lines.append(f"({message['name']})")
            continue
        content = message["content"]
        if not isinstance(content, str):
            content = json.dumps(content, indent=2, ensure_ascii=False)
        lines += content.split("\n")
    return lines


def _files_text(manifest: Manifest) -> list[str]:
    lines: list[str] = []
    for path, entry in sorted(files_of(manifest).items()):
        lines.append(f"[{path}]")
        content = entry.get("content")
        text = content if isinstance(content, str) else json.dumps(entry, sort_keys=True)
        lines += text.split("\n")
    return lines


def _changes(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before is _ABSENT:
        yield Change(path=path, kind="added", after=after)
    elif after is _ABSENT:
        yield Change(path=path, kind="removed", before=before)
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            inner = f"{path}.{key}" if path else str(key)
            yield from _changes(inner, before.get(key, _ABSENT), after.get(key, _ABSENT))
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            inner = f"{path}.{place}" if path else str(place)
            yield from _changes(inner, _at(before, place), _at(after, place))
    elif before != after or type(before) is not type(after):
        yield Change(path=path, kind="changed", before=before, after=after)


def _at(values: list[Any], place: int) -> Any:
    return values[place] if place < len(values) else _ABSENT
