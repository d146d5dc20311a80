"""Encrypts what is kept with the newest key of the server, so that older keys can be dropped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from pilothouse.platform.records import Records, Session
from pilothouse.platform.sealing import Sealer, SealingError

log = logging.getLogger("pilothouse.sealing")


class Reseal(Protocol):
    """Keeps a secret encrypted anew, unless another one was entered meanwhile."""

    def __call__(self, session: Session, name: str, /, *, before: str, after: str) -> None: ...


class Resealing:
    """Looks at all secrets of one kind once in the life of a process."""

    def __init__(
        self,
        records: Records,
        sealer: Sealer,
        sealed: Callable[[Session], Mapping[str, str]],
        reseal: Reseal,
        *,
        what: str,
    ) -> None:
        """`sealed` reads them by name; `what` they are stands in the log."""
        self._records = records
        self._sealer = sealer
        self._sealed = sealed
        self._reseal = reseal
        self._what = what
        self._lock = threading.Lock()
        self._done = False

    def once(self) -> None:
        """Encrypt anew what older keys encrypted; later calls do nothing."""
        with self._lock:
            if self._done:
                return
            self._done = True
        with self._records.read() as session:
            sealed = self._sealed(session)
        try:
            anew = {name: self._sealer.resealed(before) for name, before in sealed.items()}
        except SealingError as error:
            log.warning("%s cannot be read: %s", self._what, error)
            return
        with self._records.write() as session:
            for name, after in anew.items():
                if after is not None:
                    self._reseal(session, name, before=sealed[name], after=after)
