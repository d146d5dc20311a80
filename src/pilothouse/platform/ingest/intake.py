"""What came in and what was turned away since the process began, by protocol.

The event loop alone counts, once a request: nothing is locked, and no span pays for it.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

from pilothouse.platform.errors import ApiError
from pilothouse.platform.ingest.errors import IngestError

Protocol = Literal["otlp_http", "otlp_grpc", "langsmith"]
PROTOCOLS: Final[tuple[Protocol, ...]] = ("otlp_http", "otlp_grpc", "langsmith")
_REASONS: Final = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "unknown",
    413: "too_large",
    415: "malformed",
    422: "malformed",
    503: "unavailable",
}
"""Why a request was refused, by the status of its answer."""
_OUR_FAULT: Final = "internal"
REASONS: Final = (*dict.fromkeys(_REASONS.values()), _OUR_FAULT)


class Intake:
    """Counts of one server process."""

    def __init__(self) -> None:
        self.spans: Counter[str] = Counter()
        """Spans that were acknowledged."""
        self.rejected: Counter[str] = Counter()
        """Records that were left out of a request of which the rest was taken."""
        self.refused: Counter[tuple[str, str]] = Counter()
        """Requests of which nothing was taken, by reason."""

    def take(self, protocol: Protocol, spans: int, rejected: int = 0) -> None:
        """Count a request that was answered with success."""
        self.spans[protocol] += spans
        if rejected:
            self.rejected[protocol] += rejected

    def refuse(self, protocol: Protocol, status: int) -> None:
        """Count a request that was refused with a status of HTTP."""
        self.refused[protocol, _REASONS.get(status, _OUR_FAULT)] += 1


def status_of(error: Exception) -> int:
    """The status that a failure to take a request is answered with."""
    if isinstance(error, IngestError):
        return 503
    return error.status if isinstance(error, ApiError) else 500
