"""How people changed the tags of a recorded span.

It stands beside the tags that its application sent, so that a run may go on, and its row be derived
anew, without either getting lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from pilothouse.spans.parsing import dumps, js

KEY: Final = "pilothouse.changed_tags"
"""The attribute: {"added": [tag, …], "removed": [tag, …]} as JSON."""


def told(before: Any, tags: Collection[str], wanted: Collection[str]) -> str:
    """The attribute's value where `tags` became `wanted`, after the change `before`, if any."""
    added, removed = _read(before)
    left = [tag for tag in tags if tag not in wanted]
    came = [tag for tag in wanted if tag not in tags]
    return dumps(
        {
            "added": [tag for tag in dict.fromkeys([*added, *came]) if tag not in left],
            "removed": [tag for tag in dict.fromkeys([*removed, *left]) if tag not in came],
        }
    )


def changed(tags: Iterable[str], change: Any) -> list[str]:
    """The tags that an application sent as `change`, a value of the attribute, wants them."""
    added, removed = _read(change)
    return [tag for tag in dict.fromkeys([*tags, *added]) if tag not in removed]


def _read(change: Any) -> tuple[list[str], list[str]]:
    found = js(change) if type(change) is str else None
    if type(found) is not dict:
        return [], []
    added, removed = (_texts(found.get(name)) for name in ("added", "removed"))
    return added, removed


def _texts(value: Any) -> list[str]:
    return [one for one in value if type(one) is str and one] if type(value) is list else []
