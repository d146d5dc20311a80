"""What is judged one by one: contexts, claims, and turns of a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.evaluation.judges import Item

_TEXTS: Final = ("text", "page_content", "content", "document")
"""Under which of these a retrieved document has its text."""


def numbered(items: Sequence[Any], *, letter: str = "i") -> dict[str, Any]:
    """The items by ids that a judge can name."""
    return {f"{letter}{place}": item for place, item in enumerate(items, 1)}


def contexts_of(value: Any) -> list[str]:
    """The texts of retrieved contexts. Raises TypeError for what is none."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, Mapping):
        return [_text(value)]
    return [_text(one) for one in value]


def count_of(items: Sequence[Item | None], label: str) -> int:
    """How many have the label."""
    return sum(item is not None and item.label == label for item in items)


def share_of(items: Sequence[Item | None], label: str) -> float:
    """The share that has the label, of those that were judged; 0 of none."""
    judged = sum(item is not None for item in items)
    return count_of(items, label) / judged if judged else 0.0


def listed(texts: Sequence[str], items: Sequence[Item | None]) -> list[dict[str, Any]]:
    """Texts with their verdicts, as metadata shows them."""
    return [
        {"text": text, "label": item.label, "explanation": item.explanation}
        for text, item in zip(texts, items, strict=True)
        if item is not None
    ]


def _text(one: Any) -> str:
    if isinstance(one, str):
        return one
    for name in _TEXTS:
        found = one.get(name) if isinstance(one, Mapping) else getattr(one, name, None)
        if isinstance(found, str):
            return found
    raise TypeError(f"a context must be a text or have one, not {type(one).__name__}")
