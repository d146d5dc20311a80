"""The names that can be asked for, in the list of either protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilothouse.gateway.models import Table

_UNKNOWN = "1970-01-01T00:00:00Z"


def openai_list(table: Table, names: Sequence[str]) -> dict[str, Any]:
    """As OpenAI tells them."""
    return {"object": "list", "data": [openai_model(table, each) for each in names]}


def openai_model(table: Table, name: str) -> dict[str, Any]:
    """One of them."""
    route = table.find(name)
    owners = {each.endpoint.name for each in route.targets} if route else set()
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": owners.pop() if len(owners) == 1 else "pilothouse",
    }


def anthropic_list(names: Sequence[str]) -> dict[str, Any]:
    """As Anthropic tells them, all on one page."""
    return {
        "data": [anthropic_model(each) for each in names],
        "has_more": False,
        "first_id": names[0] if names else None,
        "last_id": names[-1] if names else None,
    }


def anthropic_model(name: str) -> dict[str, Any]:
    """One of them."""
    return {
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": _UNKNOWN,
        "lifecycle": "active",
    }
