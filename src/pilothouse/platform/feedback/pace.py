"""How fast feedback may come by links, which everybody has who sees the page that they are on."""

from __future__ import annotations

from typing import Final

from pilothouse.platform.access.attempts import AT_ONCE_S, Attempts
from pilothouse.platform.errors import ApiError

OF_TOKEN: Final = 30
"""At once by one link; then one every two seconds or so."""
OF_ADDRESS: Final = 300
"""At once from one address, which may be that of a proxy for many; then five a second or so."""


class TooMuchFeedback(ApiError):
    """A link, or an address, gives feedback faster than people do."""

    status, code = 429, "too_much_feedback"


class Pace:
    """Counts feedback by link and by address."""

    def __init__(self, attempts: Attempts | None = None) -> None:
        self._attempts = attempts or Attempts()

    def take(self, token: str, address: str) -> None:
        """Note one more. Raises TooMuchFeedback when it has to wait."""
        costs = {f"token {token}": AT_ONCE_S / OF_TOKEN, f"from {address}": AT_ONCE_S / OF_ADDRESS}
        wait_s = self._attempts.wait_s(*costs)
        if wait_s > 0:
            raise TooMuchFeedback(
                f"too much feedback at once; try again in {int(wait_s) + 1} s",
                {"retry_after_s": int(wait_s) + 1},
            )
        self._attempts.failed(costs)
