"""Evaluates the rules each minute, and writes down what came of it in one transaction.

Without rules it asks nobody anything: it sleeps until one is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from pilothouse.platform.alerts import channel_records, history_records, telling, troubles
from pilothouse.platform.alerts import records as kept
from pilothouse.platform.alerts.evaluation import Looked, States
from pilothouse.platform.alerts.judging import judge
from pilothouse.platform.alerts.messages import Told
from pilothouse.platform.alerts.models import (
    AlertRule,
    GroupState,
    Maintenance,
)
from pilothouse.platform.alerts.outbox import Outbox
from pilothouse.platform.alerts.service import Names
from pilothouse.platform.alerts.states import MINUTE_US, Silence
from pilothouse.platform.alerts.wiring import SHARED_POLL_S
from pilothouse.platform.errors import ApiError, Unavailable
from pilothouse.platform.records import Records, micros, micros_of, moment

log = logging.getLogger("pilothouse.alerts")

LAG_US: Final = 30_000_000
"""So long after a window has ended what came late is taken to be there."""
GONE_AFTER_US: Final = 3 * MINUTE_US
"""After this silence another server takes rules over."""
UNREAD_US: Final = 10 * MINUTE_US
UNREAD: Final = "the span store has told nothing for 10 minutes; the server's log says why"
VISIBLE_S: Final = 60.0
"""How long what was acknowledged may take to be stored before that is a failure."""
PAUSE_S: Final = 10.0
"""The wait after a store or the records failed."""
TIDY_S: Final = 3600.0
_EVER: Final = 2**62


class Looks(Protocol):
    """What reads the store for rules."""

    async def look(
        self,
        rules: Sequence[AlertRule],
        names: Mapping[int, str],
        states: Mapping[str, States],
        until: datetime,
    ) -> dict[str, Looked]: ...


class Visible(Protocol):
    """What is needed of a store."""

    async def visible(self) -> None: ...


class AlertWorker:
    """Runs while its server does."""

    def __init__(
        self,
        records: Records,
        store: Visible,
        projects: Names,
        evaluation: Looks,
        outbox: Outbox,
        *,
        owner: str,
        server_url: str,
    ) -> None:
        self._records = records
        self._store = store
        self._projects = projects
        self._evaluation = evaluation
        self._outbox = outbox
        self._owner = owner
        self._server_url = server_url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._tidied_at = time.monotonic()
        self._unread: dict[str, int] = {}
        """By rule the first moment since when the store has told nothing of it."""

    def wake(self) -> None:
        """Have it look at the rules anew; from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: so has the work
                self._loop.call_soon_threadsafe(self._look_again)

    def _look_again(self) -> None:
        self._wake.set()
        self._outbox.wake()

    async def working(self) -> None:
        """Evaluate the rules, and send what is to be told, until cancelled."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._outbox.sending(), name="outbox of alerts")
            while True:
                self._wake.clear()
                pause: float | None = PAUSE_S
                try:
                    pause = await self._round()
                except Exception:  # whatever a store says: the next round is another try
                    log.exception("alerts were not evaluated; trying again in %s s", PAUSE_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)

    async def _round(self) -> float | None:
        """Do what is to be done now; -> seconds until the next look, None until it is woken."""
        at = (micros() - LAG_US) // MINUTE_US * MINUTE_US
        if not await self.look(at):
            return SHARED_POLL_S if self._records.shared else None
        if time.monotonic() - self._tidied_at > TIDY_S:
            self._tidied_at = time.monotonic()
            await asyncio.to_thread(self._tidy)
        return max(0.0, (at + MINUTE_US + LAG_US - micros()) / 1e6)

    async def look(self, at: int) -> bool:
        """Look at the windows that end at a moment, and write down what came of it.

        Answers whether there are rules of this server.
        """
        mine = await asyncio.to_thread(self._mine)
        rules = [rule for rule in mine if rule.evaluated_at < at]
        named = {
            rule.project_id: name
            for rule in rules
            if (name := self._projects.name_of(rule.project_id)) is not None
        }
        if not named:
            return bool(mine)
        try:
            found = await self._read(rules, named, at)
        except Exception:  # that the store has said nothing for long is told, too
            await self._note(rules, named, {}, at)
            raise
        await self._note(rules, named, found, at)
        return True

    async def _read(
        self, rules: Sequence[AlertRule], names: Mapping[int, str], at: int
    ) -> dict[str, Looked]:
        """What the store tells of rules."""
        async with asyncio.timeout(VISIBLE_S):
            await self._store.visible()
        states = await asyncio.to_thread(self._states, rules)
        return await self._evaluation.look(rules, names, states, moment(at))

    async def _note(
        self,
        rules: Sequence[AlertRule],
        names: Mapping[int, str],
        found: Mapping[str, Looked],
        at: int,
    ) -> None:
        """Write down what came of a look, and of rules that could not be read for long."""
        unread = [one.id for one in rules if one.project_id in names and one.id not in found]
        known: Mapping[str, Looked] = {**found, **self._given_up(unread, at)}
        if not known:
            return
        is_told = await asyncio.to_thread(self._write, rules, names, known, at)
        if is_told:
            self._outbox.wake()

    def _given_up(self, unread: Sequence[str], at: int) -> dict[str, Looked]:
        """The rules, of those that could not be read now, that cannot be for long."""
        self._unread = {rule_id: self._unread.get(rule_id, at) for rule_id in unread}
        return {
            rule_id: Unavailable(UNREAD)
            for rule_id, since in self._unread.items()
            if at - since >= UNREAD_US
        }

    def _write(
        self,
        rules: Sequence[AlertRule],
        names: Mapping[int, str],
        found: Mapping[str, Looked],
        at: int,
    ) -> bool:
        """Keep where rules stand and what happened; whether somebody is to be told."""
        with self._records.write() as session:
            still = kept.passed(session, list(found), self._owner, at)
            mine = [rule for rule in rules if still.get(rule.id) == micros_of(rule.updated_at)]
            states = kept.states(session, [rule.id for rule in mine])
            maintenance = kept.maintenance(session)
            happened: list[Told] = []
            kept_states: list[tuple[str, GroupState]] = []
            for rule in mine:
                project = names[rule.project_id]
                looked = found[rule.id]
                silence = _silence(rule, maintenance, at)
                error = looked.message if isinstance(looked, ApiError) else ""
                after, event = troubles.noted(rule, error, moment(at), silence)
                if event is not None:
                    kept.note_error(session, after)
                    about = after if after.error else rule  # what is over began as it was before
                    happened.append(Told(event=event, rule=about, project=project))
                if isinstance(looked, ApiError):
                    continue
                judged = judge(rule, looked, states.get(rule.id, {}), at, silence)
                kept_states += [(rule.id, one) for one in judged.states]
                if judged.gone:
                    kept.forget_states(session, rule.id, judged.gone)
                happened += [
                    Told(
                        event=telling.event_of(rule, group, change, at, reading),
                        rule=rule,
                        project=project,
                    )
                    for group, change, reading in judged.changes
                ]
            kept.keep_states(session, kept_states)
            return telling.write(session, happened, self._server_url)

    def _mine(self) -> list[AlertRule]:
        """The rules that are to be evaluated here."""
        with self._records.read() as session:
            if not kept.any_enabled(session):
                return []
        gone_before = micros() - GONE_AFTER_US if self._records.shared else _EVER
        with self._records.write() as session:
            return kept.claimed(session, self._owner, gone_before)

    def _states(self, rules: Sequence[AlertRule]) -> Mapping[str, States]:
        with self._records.read() as session:
            return kept.states(session, [rule.id for rule in rules])

    def _tidy(self) -> None:
        with self._records.write() as session:
            history_records.prune(session, micros() - history_records.KEPT_US)
            channel_records.prune(session, micros() - channel_records.KEPT_US)


def _silence(rule: AlertRule, maintenance: Sequence[Maintenance], at: int) -> Silence:
    """Why nobody is told of a rule at a moment."""
    now = moment(at)
    if rule.muted_until is not None and now < rule.muted_until:
        return "muted"
    of_project = (one for one in maintenance if one.project_id == rule.project_id)
    return "maintenance" if any(one.schedule.holds(now) for one in of_project) else ""
