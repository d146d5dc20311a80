"""How it is kept that a rule is a guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pilothouse.platform.rules.models import Guard


def stored_guard(guard: Guard | None) -> dict[str, Any]:
    """A guard as JSON; {} for none."""
    return {} if guard is None else asdict(guard)


def guard_of(stored: Mapping[str, Any]) -> Guard | None:
    """What `stored_guard` gave; a newer server's further fields are left alone."""
    if not stored:
        return None
    known = Guard.__dataclass_fields__
    return Guard(**{name: value for name, value in stored.items() if name in known})
