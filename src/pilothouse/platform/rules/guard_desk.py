"""Guards, put together when there is one: what they work with takes long to import."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pilothouse.platform.errors import Unavailable
from pilothouse.platform.rules.service import RuleService

if TYPE_CHECKING:
    from pilothouse.platform.rules.guards import Answer, Guards, Question


class GuardDesk:
    """Where guards are asked."""

    def __init__(self, rules: RuleService, make: Callable[[], Guards]) -> None:
        self._rules = rules
        self._make = make
        self._wanted = asyncio.Event()
        self._made: asyncio.Future[Guards] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        rules.on_change(self._look_again)

    async def ask(
        self, question: Question, *, project: str, project_id: int, rule_ids: Sequence[str]
    ) -> list[Answer]:
        """As `Guards.ask`."""
        if self._made is None:
            raise Unavailable("the server is starting or stopping: ask again")
        self._wanted.set()
        guards = await asyncio.shield(self._made)
        return await guards.ask(question, project=project, project_id=project_id, rule_ids=rule_ids)

    async def working(self) -> None:
        """Have guards at hand, and write down what they answered, until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._made = self._loop.create_future()
        try:
            await self._look()
            await self._wanted.wait()
            guards = await asyncio.to_thread(self._make)
            self._made.set_result(guards)
            await guards.working()
        finally:
            self._made = None

    async def _look(self) -> None:
        if await asyncio.to_thread(self._rules.guards):
            self._wanted.set()

    def _look_again(self) -> None:
        """Called from any thread: a guard may have been made."""
        if self._loop is None or self._wanted.is_set() or not self._rules.guards():
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody asks any more
            self._loop.call_soon_threadsafe(self._wanted.set)
