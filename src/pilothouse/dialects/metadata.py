"""What users attach to spans: metadata flattened with dots, and tags."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.parsing import dumps, js, parsed

ENTRIES: Final = 1000
"""Entries kept of one span; its source attributes stay complete."""
_DEPTH: Final = 8

_PREFIXES: Final = (
    "traceloop.association.properties.",
    "langsmith.metadata.",
    "langfuse.metadata.",
    "ai.telemetry.metadata.",
    "ai.settings.context.",
)
_ENCODED: Final = ("langfuse.observation.metadata.", "langfuse.trace.metadata.")
"""Langfuse encodes each value as JSON."""
_CONSUMED: Final = frozenset(("ai.telemetry.metadata.tags", "langsmith.metadata.usage_metadata"))
_LEAKED: Final = "langsmith.metadata.LANGSMITH_"
_CONSTANT_TAGS: Final = ("seq:step:", "graph:step:", "map:key:")


def own(view: View) -> dict[str, str]:
    """OpenInference's `metadata`, JSON text of an object; other text stays under that one key."""
    found = view.parsed("metadata")
    if type(found) is dict:
        return flat(found)
    value = view.attributes.get("metadata")
    return {"metadata": value} if type(value) is str and value else {}


def langfuse_whole(view: View) -> dict[str, str]:
    """Langfuse metadata that is not split into attributes."""
    out: dict[str, str] = {}
    for key in ("langfuse.observation.metadata", "langfuse.trace.metadata"):
        found = parsed(view.attributes.get(key))
        if type(found) is dict:
            out.update(flat(found))
        elif found not in (None, ""):
            out["metadata"] = found if type(found) is str else dumps(found)
    return out


def langfuse_split(view: View) -> dict[str, str]:
    """An attribute an entry, each value encoded as JSON."""
    out: dict[str, str] = {}
    for prefix in _ENCODED:
        for key in view.keys(prefix):
            _put(out, key[len(prefix) :], _decoded(view.attributes[key]), 0)
    return out


def _decoded(value: Any) -> Any:
    found = js(value)
    # 5 and "5" look alike as text; only structures and quoted strings need decoding
    return found if isinstance(found, str | dict | list) else value


def prefixed(view: View) -> dict[str, str]:
    """Association properties, LangSmith's and Vercel's metadata."""
    out: dict[str, str] = {}
    for prefix in _PREFIXES:
        for key in view.keys(prefix):
            if key not in _CONSUMED and not key.startswith(_LEAKED):
                _put(out, key[len(prefix) :], view.attributes[key], 0)
    return out


def flat(found: dict[str, Any]) -> dict[str, str]:
    """Nested objects as dotted names; values that are no strings as JSON text."""
    out: dict[str, str] = {}
    for key, value in found.items():
        if type(value) is str:
            out[key if type(key) is str else str(key)] = value
        else:
            _put(out, str(key), value, 0)
        if len(out) > ENTRIES:
            break
    return out


def _put(out: dict[str, str], name: str, value: Any, depth: int) -> None:
    if len(out) >= ENTRIES or value is None:
        return
    if type(value) is str:
        out[name] = value
    elif type(value) is dict and value and depth < _DEPTH and "$blob" not in value:
        for key, inner in value.items():
            _put(out, f"{name}.{key}", inner, depth + 1)
    else:
        out[name] = dumps(value)


def clean_tags(found: Any) -> list[str]:
    """Tags as a list without repetition, frameworks' counters left out."""
    if type(found) is str:
        found = js(found)
        if type(found) is not list:
            found = [found]
    if type(found) is not list:
        return []
    tags: list[str] = []
    for tag in found:
        if type(tag) is str and tag and tag not in tags and not tag.startswith(_CONSTANT_TAGS):
            tags.append(tag)
            if len(tags) >= ENTRIES:
                break
    return tags
