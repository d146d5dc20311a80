"""The life of one call, in order: `Calls.answer`, then `Calls._run`."""

from __future__ import annotations

import asyncio
import time

from pilothouse.gateway.again import Again
from pilothouse.gateway.answers import Answers, in_stream
from pilothouse.gateway.asking import Asking, Whole, chain_of
from pilothouse.gateway.balance import Balance
from pilothouse.gateway.budgets import Budgets
from pilothouse.gateway.cache import Cache
from pilothouse.gateway.call import Call
from pilothouse.gateway.costs import Costs
from pilothouse.gateway.errors import ClientGone, NotPassedOn, Refused
from pilothouse.gateway.exchange import Exchange, Headers
from pilothouse.gateway.limits import Limits
from pilothouse.gateway.made import Made
from pilothouse.gateway.models import Holder, Route, Table
from pilothouse.gateway.needs import Needs
from pilothouse.gateway.recording import Finished, Recorder
from pilothouse.gateway.request import WRITTEN, Asked
from pilothouse.gateway.upstream import Upstream
from pilothouse.gateway.usage import at_most
from pilothouse.gateway.watch import SLOW_S, Watch


class Calls:
    """Answers calls, and knows what all of them share."""

    def __init__(self, needs: Needs, *, slow_s: float = SLOW_S) -> None:
        """A client may take nothing of what it is sent for `slow_s`."""
        self._slow_s = slow_s
        self.upstream = Upstream()
        self.balance = Balance()
        self.limits = Limits()
        self.budgets = Budgets(needs.spending)
        self.cache = Cache()
        self.recorder = Recorder(needs.spans)
        self.made = Made(self.upstream)
        self.costs = Costs(needs.prices, needs.projects)
        self.asking = Asking(self.upstream, self.balance)
        self._guards = needs.guards
        self._arms = needs.arms
        self._again = Again(self.cache, needs.similar)
        self._answers = Answers(self.costs, self._again, self._guards, self.balance)

    async def answer(
        self, exchange: Exchange, asked: Asked, holder: Holder, route: Route, table: Table
    ) -> None:
        """Answer one call. Raises Refused before the first byte, ClientGone at any time."""
        call = Call(
            exchange=exchange,
            asked=asked,
            holder=holder,
            table=table,
            chain=chain_of(route, table.find, holder.may_ask),
            told=_begun(exchange, asked, holder),
            head=_head(asked),
        )
        self._arms.choose(call)
        await self._enter(call)
        total_s = min(call.route.timeout_s, asked.timeout_s or call.route.timeout_s)
        watch = Watch(exchange.until_gone, total_s, self._slow_s)
        try:
            async with watch:
                await self._run(call, watch)
        except asyncio.CancelledError:
            if not watch.why:
                raise
            await self._ended(call, watch)
        except Refused as refused:
            if isinstance(refused, NotPassedOn):  # nor can it be recorded
                call.asked.body = {"model": asked.name}
            call.told.error = refused
            refused.extra = [*refused.extra, *call.tally_head()]
            raise
        finally:
            self._guards.ended(call)
            self._settle(call)
            self._arms.ended(call)

    async def _run(self, call: Call, watch: Watch) -> None:
        await self._guards.question(call)
        entry = await self._again.find(call)
        if entry is not None:
            await self._answers.repeat(call, entry)
            return
        deadline = asyncio.get_running_loop().time() + watch.left_s()
        asking = self.asking.first(call.question(), call.chain, call.told.tally, deadline)
        found = await self._guards.beside(call, asking)
        call.told.first_ns = found.first_ns
        if isinstance(found, Whole):
            await self._answers.give(call, found)
            return
        try:
            await self._answers.relay(call, found, watch)
        finally:
            found.close()

    async def _enter(self, call: Call) -> None:
        """Count the call and set aside what it may cost. Raises Refused."""
        asked, holder = call.asked, call.holder
        if asked.body.get("background") and any(e.budget_nano is not None for e in holder.bounded):
            told = "background cannot be used with a budget: what it costs is told to nobody"
            raise Refused(400, "background_not_counted", told, param="background", is_final=True)
        usage = at_most(asked.tokens, asked.body, answers=asked.path in WRITTEN)
        call.estimate = usage.input_tokens or 0
        if holder.id:
            call.head += self.limits.enter(holder, call.estimate)
        worst = self.costs.worst(asked.project, holder, call.chain, usage)
        try:
            call.reserved = await self.budgets.reserve(holder, worst)
        except BaseException:
            self.limits.leave(holder, call.estimate)
            raise

    async def _ended(self, call: Call, watch: Watch) -> None:
        """The client went away, or there was no more time."""
        told = call.told
        if watch.why in ("gone", "client"):
            told.is_abandoned = True
            raise ClientGone
        target = told.tally.target
        name = "the model" if target is None else target.endpoint.name
        what = (
            f"{name} sent nothing for {call.route.idle_s:g} s"
            if watch.why == "idle"
            else f"{name} did not end its answer in time"
        )
        refused = Refused(504, "timeout", what)
        told.error = refused
        if target is not None:
            self.balance.failed(target, is_fault=True, limited_s=None)
        if not call.exchange.started:
            refused.extra = call.tally_head()
            raise refused
        try:
            async with asyncio.timeout(self._slow_s):
                await call.exchange.send(in_stream(call.asked, refused))
                await call.exchange.send(b"", more=False)
        except TimeoutError:
            raise ClientGone from None

    def _settle(self, call: Call) -> None:
        told = call.told
        told.end_ns = time.time_ns()
        told.body = call.asked.body  # as guardrails and experiments left it
        tokens = 0
        if told.usage is not None and not told.is_repeat:
            tokens = told.usage.total_tokens or 0
        if call.holder.id:
            self.limits.settle(call.holder, call.estimate, tokens)
        self.budgets.settle(call.holder, call.reserved, told.cost_nano or 0)
        self.made.remember(call)
        self.recorder.take(told)


def _head(asked: Asked) -> Headers:
    id = asked.id.encode()
    head = [(b"x-request-id", id)]
    if asked.path == "/messages":
        head.append((b"request-id", id))  # where Anthropic's clients look for it
    return head


def _begun(exchange: Exchange, asked: Asked, holder: Holder) -> Finished:
    return Finished(
        id=asked.id,
        holder=holder,
        project=asked.project,
        path=asked.path,
        asked_for=asked.name,
        body=asked.body,
        is_stream=asked.is_stream,
        start_ns=time.time_ns(),
        parent=exchange.header(b"traceparent"),
        session=asked.session,
        tags=asked.tags,
        size_bytes=asked.size,
        tokens=asked.tokens,
    )
