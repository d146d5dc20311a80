"""Whether this process is being traced: None until `init`, and after `shutdown`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilothouse.tracing.live import Live

live: Live | None = None
