"""What guardrails did since the process began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pilothouse.gateway.guardrails.models import Checked

MOST: Final = 1000
"""Guardrails that are told apart; requests name only those that are configured."""


@dataclass(slots=True)
class Counted:
    """What one guardrail did at one stage."""

    outcomes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def checks(self) -> int:
        """How often it looked."""
        return sum(self.outcomes.values())

    @property
    def hits(self) -> int:
        """How often it found something."""
        return self.checks - self.outcomes.get("passed", 0) - self.outcomes.get("failed", 0)


class Stats:
    """Counts of all guardrails."""

    def __init__(self) -> None:
        self.by: dict[tuple[str, str, str], Counted] = {}
        """By name, type and stage."""

    def add(self, checks: Iterable[Checked]) -> None:
        """Count what checks came to."""
        for each in checks:
            key = each.guardrail, each.type, each.stage
            if key not in self.by and len(self.by) >= MOST:
                key = "…", "", each.stage
            counted = self.by.setdefault(key, Counted())
            counted.outcomes[each.outcome] = counted.outcomes.get(each.outcome, 0) + 1
            counted.seconds += (each.end_ns - each.start_ns) / 1e9
