"""What the gateway knows of releases: read from the records, held in memory."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Protocol

from pilothouse.gateway.experiments import Pair
from pilothouse.gateway.trials import Mirror, Trials
from pilothouse.platform.errors import ApiError
from pilothouse.platform.patience import to_the_end
from pilothouse.platform.records import Records
from pilothouse.platform.releases import records as kept
from pilothouse.platform.releases.checking import Prompts
from pilothouse.platform.releases.models import PromptRef
from pilothouse.platform.releases.routing import trials_of

log = logging.getLogger("pilothouse.releases")

Json = dict[str, Any]  # Any: JSON
FRESH_S: Final = 1.0
"""How late a change of another server is known here."""
_DAY_S: Final = 86_400
_LONGEST_S: Final = 5.0
"""So long a server that stops waits for what shadows cost to be written."""


class Masker(Protocol):
    """Takes out what a project's rules say."""

    def mask_value(self, value: Any) -> Any: ...


class KnownReleases:
    """Releases in force, as calls go by them."""

    def __init__(
        self,
        records: Records,
        prompts: Prompts,
        masker_of: Callable[[str], Masker | None],
        *,
        failed: Callable[[str], None],
    ) -> None:
        """`failed` is told of releases of which an arm failed, from the event loop."""
        self._records = records
        self._prompts = prompts
        self._masker_of = masker_of
        self._tell = failed
        self.compare: Callable[[Pair], None] = _nothing
        """Have two answers compared; never waits."""
        self._lock = threading.Lock()
        self._trials: dict[str, Trials] = {}
        self._ids: dict[str, str] = {}
        self._state: tuple[int, int] | None = None
        self._spent: dict[str, tuple[int, int]] = {}
        """By shadow: the day, and what was spent of it when it was last read."""
        self._owed: Counter[tuple[str, int]] = Counter()
        self._dearest: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()

    def of(self, route: str) -> Trials | None:
        """What goes on on a route, from memory."""
        return self._trials.get(route)

    @property
    def routes(self) -> dict[str, Trials]:
        """All that goes on."""
        return self._trials

    def refresh(self, *, always: bool = True) -> None:
        """Read what is in force; without `always` only if something changed."""
        with self._lock:
            with self._records.read() as session:
                state = kept.state(session)
                if state == self._state and not always:
                    return
                releases = kept.in_force(session)
            self._trials = trials_of(releases, self._text_of)
            self._ids = {each.name: each.id for each in releases}
            self._state = state

    def _text_of(self, prompt: PromptRef) -> tuple[str | None, str]:
        try:
            return self._prompts.text_of(prompt.name, prompt.version)
        except ApiError as error:  # removed meanwhile: the arm is the route as it is
            log.warning("an arm has no prompt: %s", error.message)
            return None, prompt.version

    async def working(self) -> None:
        """Follow what other servers change, and write down what shadows cost, until cancelled."""
        try:
            while True:
                await asyncio.sleep(FRESH_S)
                try:
                    if self._records.shared:
                        await asyncio.to_thread(self.refresh, always=False)
                    await self.keep()
                except Exception:  # the records may be away for a while
                    log.exception("releases were not read; trying again")
        finally:
            await self.keep()

    def masked(self, project: str, body: Json) -> Json:
        """A body without what the project's masking rules take out. Not on the event loop."""
        masker = self._masker_of(project)
        if masker is None:
            return body
        masked: Json = masker.mask_value(body)
        return masked

    async def reserve(self, mirror: Mirror) -> bool:
        """Whether a shadow may be asked by its budget of the day, counted as the dearest yet."""
        if mirror.budget_nano is not None:
            spent = await self._spent_of(mirror.name)
            under_way = self._under_way[mirror.name] + 1
            if spent + under_way * self._dearest[mirror.name] > mirror.budget_nano:
                return False
        self._under_way[mirror.name] += 1
        return True

    async def spend(self, mirror: Mirror, nano: int) -> None:
        """Note what a shadow that was reserved cost."""
        self._under_way[mirror.name] -= 1
        self.owe(mirror.name, nano)

    def owe(self, name: str, nano: int) -> None:
        """Note what else a shadow cost: its judge."""
        self._dearest[name] = max(self._dearest[name], nano)
        self._owed[name, _today()] += nano

    async def keep(self) -> None:
        """Write down what was spent."""
        owed, self._owed = self._owed, Counter()
        if owed:
            await to_the_end(self._kept(owed), _LONGEST_S)

    async def _kept(self, owed: Counter[tuple[str, int]]) -> None:
        try:
            await asyncio.to_thread(self._write, owed)
        except Exception:
            self._owed += owed
            raise

    def _write(self, owed: Counter[tuple[str, int]]) -> None:
        with self._records.write() as session:
            for (name, day), nano in owed.items():
                if nano and name in self._ids:
                    kept.spend(session, self._ids[name], day, nano)
        self._spent.clear()

    async def spent_today(self, name: str) -> int:
        """What a shadow and its judge cost today, in nano-dollars."""
        return await self._spent_of(name)

    async def _spent_of(self, name: str) -> int:
        day = _today()
        found = self._spent.get(name)
        if found is None or found[0] != day:
            number = self._ids.get(name, "")
            found = day, await asyncio.to_thread(self._read_spent, number, day)
            self._spent[name] = found
        return found[1] + self._owed[name, day]

    def _read_spent(self, number: str, day: int) -> int:
        with self._records.read() as session:
            return kept.spent(session, number, day)

    def failed(self, trial: str) -> None:
        """A call of an arm failed: somebody should look."""
        self._tell(trial)


def _nothing(_pair: Pair) -> None:
    """Before anybody compares."""


def _today() -> int:
    return int(time.time()) // _DAY_S
