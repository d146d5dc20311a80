"""What differs from one of Anthropic's models to the next, and chat requests do not say."""

from __future__ import annotations

import re
from typing import Any, Final

Json = dict[str, Any]

UNASKED: Final = 4096
"""max_tokens where nobody says it: Anthropic wants it said. Budgets reckon with the same."""
LEAST_THOUGHT: Final = 1024
_BUDGETS: Final = {"minimal": 1024, "low": 1024, "medium": 4096, "high": 16_384, "xhigh": 32_768}
_EFFORTS: Final = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
_VERSION: Final = re.compile(r"claude-(?:[a-z]+-)?(\d)(?:[-.](\d{1,2})(?!\d))?")
_ADAPTS: Final = (4, 6)
"""From this version on a model decides itself how long it thinks."""


def think(body: Json, effort: str, model: str) -> None:
    """Have a request's model think so hard."""
    if effort == "none":
        return
    if version(model) >= _ADAPTS:
        body.setdefault("thinking", {"type": "adaptive"})
        body.setdefault("output_config", {})["effort"] = _EFFORTS.get(effort, effort)
        return
    budget = _BUDGETS.get(effort, _BUDGETS["medium"])
    body["thinking"] = {"type": "enabled", "budget_tokens": budget}


def fit(body: Json, *, is_said: bool) -> None:
    """Make room for thoughts within max_tokens, and drop what goes not with them."""
    thinking = body.get("thinking")
    if not isinstance(thinking, dict) or thinking.get("type") in (None, "disabled"):
        return
    body.pop("temperature", None)
    body.pop("top_k", None)
    budget = thinking.get("budget_tokens")
    if type(budget) is not int or body["max_tokens"] > budget:
        return
    if not is_said:
        body["max_tokens"] += budget
    elif body["max_tokens"] > LEAST_THOUGHT:
        body["thinking"] = {**thinking, "budget_tokens": body["max_tokens"] - 1}
        body["thinking"]["budget_tokens"] = max(LEAST_THOUGHT, body["max_tokens"] // 2)
    else:
        del body["thinking"]


def version(model: str) -> tuple[int, int]:
    """The version in a model's name; (0, 0) for none."""
    found = _VERSION.search(model)
    return (0, 0) if found is None else (int(found[1]), int(found[2] or 0))
