"""Why a batch could not be taken.

IngestError
├── Overloaded          the queue is full: try again after a while
└── StoreUnavailable    nothing can be made durable now (disk full, store unreachable)
"""

from __future__ import annotations

from pilothouse.platform.patience import Busy


class IngestError(Busy):
    """A batch was not taken; nothing of it was acknowledged."""


class Overloaded(IngestError):
    """The bounded queue is full."""

    def __init__(self, retry_after_s: int = 1) -> None:
        super().__init__("the server has more to store than it can keep up with", retry_after_s)


class StoreUnavailable(IngestError):
    """Nothing can be made durable at the moment."""

    def __init__(self, reason: str, retry_after_s: int = 10) -> None:
        super().__init__(f"spans cannot be stored at the moment: {reason}", retry_after_s)
