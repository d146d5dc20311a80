"""What to do when something of ours fails inside somebody else's program: note it, say it once."""

from __future__ import annotations

import logging
from contextlib import suppress

log = logging.getLogger("pilothouse")
_said: dict[str, object] = {}
"""Topics that were warned about. No lock: a forked child must never find one closed."""


def warn_once(topic: str, message: str) -> None:
    """Logs a warning the first time its topic comes up, a debug line from then on."""
    mine = object()
    first = _said.setdefault(topic, mine) is mine
    log.log(logging.WARNING if first else logging.DEBUG, message)


def trouble(where: str, error: BaseException) -> None:
    """Reports an error of our own, which must not reach the host program."""
    with suppress(Exception):  # even the error's own text may fail
        message = f"{where} failed and was skipped: {type(error).__name__}: {error}"
        warn_once(f"{where}:{type(error).__name__}", message)
        log.debug("details", exc_info=error)


def forget() -> None:
    """Lets each topic be warned about again; a new `init` does so."""
    _said.clear()
