"""What a conversation with the support agent is written in: scenarios, turns and calls.

`$order`, `$eta` and the like are filled in per conversation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One tool the agent runs."""

    name: str
    arguments: dict[str, Any]
    result: Any = None  # Any: whatever JSON can hold
    hits: tuple[tuple[str, float], ...] = ()
    """For search_policies: policy and score."""
    slow: bool = False
    """Reaches the warehouse, and so may time out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of the customer and all that follows from it."""

    user: str
    rounds: tuple[tuple[Call, ...], ...] = ()
    answer: str = ""
    thought: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A conversation; how often it comes up is its weight."""

    turns: tuple[Turn, ...]
    tags: tuple[str, ...]
    weight: int = 4
    name: str = "answer_ticket"
    language: str = "en"
    facts: dict[str, str] = field(default_factory=dict)


def get_order(status: str = "delivered", **more: Any) -> Call:
    """The look-up that nearly every conversation begins with."""
    result = {
        "order_id": "$order",
        "status": status,
        "placed_at": "$placed",
        "items": [{"sku": "$sku", "name": "$product", "quantity": 1, "price_eur": "$price"}],
        "carrier": "$carrier",
        **more,
    }
    return Call(name="get_order", arguments={"order_id": "$order"}, result=result)


def policies(query: str, *hits: tuple[str, float]) -> Call:
    """A search in the shop's policies."""
    return Call(name="search_policies", arguments={"query": query}, hits=hits)
