"""What may be spent a minute, by the generic cell rate algorithm (ITU-T I.371)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MINUTE_S: Final = 60.0


@dataclass(slots=True)
class Rate:
    """One allowance a minute, which comes back evenly and may be spent at once."""

    due: float = 0.0
    """When it is whole again, by the monotonic clock."""

    def wait_s(self, now: float, limit: int, amount: float) -> float:
        """How long until so much may be spent; 0 for now."""
        spacing = _MINUTE_S / limit
        return max(0.0, max(self.due, now) + spacing * amount - now - _MINUTE_S - 1e-9)

    def spend(self, now: float, limit: int, amount: float) -> None:
        """Take so much; less than nothing gives back."""
        self.due = max(self.due, now) + _MINUTE_S / limit * amount

    def left(self, now: float, limit: int) -> int:
        """What may be spent now."""
        return max(0, int((_MINUTE_S - max(0.0, self.due - now)) * limit / _MINUTE_S + 1e-6))
