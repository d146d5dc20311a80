"""What code in a sandbox may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pilothouse.evaluation.confined.rights import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one call may take; memory and output are for the process."""

    wall_s: float = 10.0
    cpu_s: int = 5
    memory_mb: int = 512
    file_mb: int = 0
    """How large a file in its own folder may become; with 0 it can write none."""
    output_bytes: int = 1_000_000

    def __post_init__(self) -> None:
        """Raises ValueError for a limit that lets nothing run."""
        for name in ("wall_s", "cpu_s", "memory_mb", "output_bytes"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be more than 0")
        if self.file_mb < 0:
            raise ValueError("file_mb must not be less than 0")


@dataclass(frozen=True, slots=True)
class Confinement:
    """By what each kind is kept from the code, as its process found it on this platform."""

    by: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """The kinds that the platform keeps from no code."""
        return tuple(sorted(KINDS - self.by.keys()))
