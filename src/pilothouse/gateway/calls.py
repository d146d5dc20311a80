"""The life of one call: limits, cache, targets, the answer, and what is settled after it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pilothouse.gateway import cache as caches
from pilothouse.gateway.asking import Asking, Question, Started, Whole, chain_of
from pilothouse.gateway.assembly import assembled, replayed
from pilothouse.gateway.balance import Balance
from pilothouse.gateway.budgets import Budgets, Reservation
from pilothouse.gateway.cache import Cache, Entry
from pilothouse.gateway.errors import ClientGone, Failed, NotPassedOn, Refused
from pilothouse.gateway.exchange import EVENTS, Exchange, Headers
from pilothouse.gateway.limits import Limits
from pilothouse.gateway.models import NANO, Holder, Route, Table
from pilothouse.gateway.needs import Needs
from pilothouse.gateway.recording import Finished, Recorder
from pilothouse.gateway.request import Asked
from pilothouse.gateway.streams import MODEL, Relay, written
from pilothouse.gateway.upstream import Upstream, cut_off, told_error
from pilothouse.gateway.usage import at_most, counted, estimated, priced
from pilothouse.gateway.watch import SLOW_S, Watch
from pilothouse.spans import Usage

log = logging.getLogger("pilothouse.gateway")


@dataclass(slots=True)
class _Call:
    """A call under way."""

    exchange: Exchange
    asked: Asked
    holder: Holder
    chain: list[Route]
    told: Finished
    head: Headers
    reserved: Reservation
    estimate: int
    cache_key: str
    started: float

    @property
    def route(self) -> Route:
        return self.chain[0]


class Calls:
    """Answers calls, and knows what all of them share."""

    def __init__(self, needs: Needs, *, slow_s: float = SLOW_S) -> None:
        """A client may take nothing of what it is sent for `slow_s`."""
        self._needs = needs
        self._slow_s = slow_s
        self.upstream = Upstream()
        self.balance = Balance()
        self.limits = Limits()
        self.budgets = Budgets(needs.spending)
        self.cache = Cache()
        self.recorder = Recorder(needs.spans)
        self._asking = Asking(self.upstream, self.balance)

    async def answer(
        self, exchange: Exchange, asked: Asked, holder: Holder, route: Route, table: Table
    ) -> None:
        """Answer one call. Raises Refused before the first byte, ClientGone at any time."""
        chain = chain_of(route, table.find, holder.may_ask)
        usage = at_most(asked.size, asked.body, answers=asked.path != "/embeddings")
        estimate = usage.input_tokens or 0
        head = self.limits.enter(holder, estimate) if holder.id else []
        reserved = await self.budgets.reserve(holder, self._worst(asked, holder, chain, usage))
        call = _Call(
            exchange=exchange,
            asked=asked,
            holder=holder,
            chain=chain,
            told=_begun(exchange, asked, holder),
            head=[(b"x-request-id", asked.id.encode()), *head],
            reserved=reserved,
            estimate=estimate,
            cache_key="",
            started=time.perf_counter(),
        )
        total_s = min(route.timeout_s, asked.timeout_s or route.timeout_s)
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
                call.told.body = {"model": asked.name}
            call.told.error = refused
            refused.extra = self._tally_head(call)
            raise
        finally:
            self._settle(call)

    async def _run(self, call: _Call, watch: Watch) -> None:
        entry = self._cached(call)
        if entry is not None:
            await self._again(call, entry)
            return
        asked = call.asked
        question = Question(
            path=asked.path,
            body=asked.upstream_body(),
            headers=call.exchange.headers,
            is_stream=asked.is_stream,
        )
        deadline = asyncio.get_running_loop().time() + watch.left_s()
        found = await self._asking.first(question, call.chain, call.told.tally, deadline)
        call.told.first_ns = found.first_ns
        if isinstance(found, Whole):
            await self._give(call, found)
            return
        try:
            await self._relay(call, found, watch)
        finally:
            found.close()

    # ---- answers

    async def _give(self, call: _Call, found: Whole) -> None:
        """A whole answer; as a stream to who wanted one of a provider that does not stream."""
        told = call.told
        told.answer = found.said
        self._count(call, counted(found.said.get("usage")), found.said, found.body)
        self._store(call, found.body, found.said)
        await self._send(call, found.body, found.said)

    async def _send(self, call: _Call, body: bytes, said: dict[str, Any]) -> None:
        exchange, asked = call.exchange, call.asked
        head = [*call.head, *self._tally_head(call)]
        if not asked.is_stream:
            await exchange.answer(200, _renamed(body, said, asked.name), head)
            return
        await exchange.begin(200, [*EVENTS, *head])
        if isinstance(said.get("choices"), list):
            shown = {**said, "model": asked.name}
            for event in replayed(shown, with_usage=not asked.hides_usage):
                await exchange.send(event)
        else:  # a response: its last event holds the whole
            await exchange.send(
                b"event: response.completed\n"
                + written({"type": "response.completed", "response": said})
            )
        await exchange.send(b"", more=False)

    async def _relay(self, call: _Call, found: Started, watch: Watch) -> None:
        exchange, asked, told = call.exchange, call.asked, call.told
        relay = Relay(shown_as=asked.name, hides_usage=asked.hides_usage)
        told.blocks = relay.kept
        await exchange.begin(200, [*EVENTS, *call.head, *self._tally_head(call)])
        idle_s = call.route.idle_s
        had_begun = False
        try:
            block = found.first
            rest = found.later()
            while True:
                shown = relay.passed(block)
                if not had_begun and relay.has_begun:
                    had_begun = True
                    told.first_ns = time.time_ns()
                if shown:
                    watch.writing()
                    await exchange.send(shown)
                watch.reading(idle_s)
                following = await anext(rest, None)
                if following is None:
                    break
                block = following
            if relay.error is not None:
                raise told_error(found.target, relay.error)
            if not relay.is_finished:
                raise cut_off(found.target)
        except Failed as failed:
            if relay.error is None and relay.is_finished:
                log.debug("a stream of %s broke after its answer was whole", found.target.id)
            else:
                self.balance.failed(found.target, is_fault=failed.is_fault, limited_s=None)
                told.error = failed.refused
            if relay.error is None and told.error is not None:  # else the provider has said it
                await exchange.send(_in_stream(asked, failed.refused))
        finally:
            self._count_stream(call, relay)
        await exchange.send(b"", more=False)
        self._store_stream(call)

    async def _again(self, call: _Call, entry: Entry) -> None:
        """The answer that was given before."""
        said = orjson.loads(entry.body)
        told = call.told
        told.answer, told.saved_nano, told.cost_nano = said, entry.cost_nano, 0
        told.first_ns = time.time_ns()
        call.head.append((b"age", b"%d" % self.cache.age_s(entry)))
        await self._send(call, entry.body, said)

    async def _ended(self, call: _Call, watch: Watch) -> None:
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
            refused.extra = self._tally_head(call)
            raise refused
        try:
            async with asyncio.timeout(self._slow_s):
                await call.exchange.send(_in_stream(call.asked, refused))
                await call.exchange.send(b"", more=False)
        except TimeoutError:
            raise ClientGone from None

    def _tally_head(self, call: _Call) -> Headers:
        told = call.told
        target = told.tally.target
        found: Headers = [
            (b"x-litellm-call-id", call.asked.id.encode()),
            (b"x-litellm-model-group", _header(call.asked.name)),
            (b"x-litellm-attempted-retries", b"%d" % told.tally.retries),
            (b"x-litellm-attempted-fallbacks", b"%d" % told.tally.fallbacks),
        ]
        if target is not None:
            found.append((b"x-litellm-model-id", _header(target.id)))
        if told.cache:
            found.append((b"x-cache", told.cache.encode()))
            if call.cache_key:
                found.append((b"x-litellm-cache-key", call.cache_key.encode()))
        if told.cost_nano is not None:
            found.append((b"x-litellm-response-cost", b"%.9f" % (told.cost_nano / NANO)))
        return found

    # ---- the cache

    def _cached(self, call: _Call) -> Entry | None:
        caching, asked, told = call.route.caching, call.asked, call.told
        if caching is None:
            return None
        told.cache = "bypass"
        is_same = asked.path == "/embeddings" or asked.body.get("temperature") == 0
        if not (is_same or caching.any_temperature or asked.wish.is_asked):
            return None
        call.cache_key = caches.key_of(
            call.holder, asked.project, asked.path, call.route, asked.body, asked.wish.namespace
        )
        if not asked.wish.reads:
            return None
        entry = self.cache.find(call.cache_key, call.route.name, asked.wish.longest_s)
        told.cache = "miss" if entry is None else "hit"
        if entry is not None:
            wanted = (each for each in call.route.targets if each.id == entry.target)
            told.tally.target = next(wanted, None)
        return entry

    def _store(self, call: _Call, body: bytes, said: dict[str, Any]) -> None:
        told, caching, wish = call.told, call.route.caching, call.asked.wish
        # What a fallback answered is not what this route's models would have.
        if not call.cache_key or not wish.writes or told.tally.fallbacks or caching is None:
            return
        target = told.tally.target
        if target is not None and caches.is_storable(said):
            self.cache.store(
                call.cache_key,
                body,
                target=target.id,
                model=target.model,
                cost_nano=told.cost_nano or 0,
                ttl_s=caching.ttl_s if wish.ttl_s is None else wish.ttl_s,
            )

    def _store_stream(self, call: _Call) -> None:
        told = call.told
        if call.cache_key and told.error is None:
            said = assembled(told.blocks)
            if said:
                self._store(call, orjson.dumps(said), said)

    # ---- what it took

    def _count(
        self, call: _Call, usage: Usage | None, said: dict[str, Any], body: bytes | int
    ) -> None:
        told = call.told
        size = body if isinstance(body, int) else len(body)
        if usage is None and call.asked.path != "/embeddings":
            usage, told.is_estimated = estimated(call.asked.size, size), True
        told.usage = usage
        target = told.tally.target
        if usage is None or target is None:
            return
        vendor = target.endpoint.vendor or target.endpoint.name
        named = said.get("model")
        if isinstance(named, str) and named:
            told.cost_nano = self._cost(call.asked.project, named, vendor, usage, told.start_ns)
        if told.cost_nano is None:  # prices may know only the name that was asked for
            asked_for = self._cost(call.asked.project, target.model, vendor, usage, told.start_ns)
            told.cost_nano, told.tells_cost = asked_for, asked_for is not None

    def _count_stream(self, call: _Call, relay: Relay) -> None:
        text = sum(len(each) for each in relay.texts()) if relay.usage is None else 0
        said = {} if relay.model is None else {"model": relay.model}
        self._count(call, counted(relay.usage), said, text)

    def _cost(
        self, project: str, model: str, provider: str, usage: Usage, at_ns: int
    ) -> int | None:
        number = self._needs.projects.find(project) or 0
        found = self._needs.prices.price(number, priced(model, provider, usage), at_ns)
        total = None if found is None else found.total
        return None if total is None else round(total * NANO)

    def _worst(
        self, asked: Asked, holder: Holder, chain: Sequence[Route], usage: Usage
    ) -> int | None:
        """The most that a call can cost; None where that is not known of one of its targets."""
        if holder.budget_nano is None:
            return None
        asked_for = {
            (target.model, target.endpoint.vendor or target.endpoint.name)
            for route in chain
            for target in route.targets
        }
        now = time.time_ns()
        costs = [self._cost(asked.project, *model, usage, now) for model in asked_for]
        known = [cost for cost in costs if cost is not None]
        return max(known) if len(known) == len(costs) else None

    def _settle(self, call: _Call) -> None:
        told = call.told
        told.end_ns = time.time_ns()
        tokens = 0
        if told.usage is not None and told.cache != "hit":
            tokens = told.usage.total_tokens or 0
        if call.holder.id:
            self.limits.settle(call.holder, call.estimate, tokens)
        self.budgets.settle(call.holder, call.reserved, told.cost_nano or 0)
        self.recorder.take(told)


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
    )


def _renamed(body: bytes, said: dict[str, Any], name: str) -> bytes:
    """A whole answer with the name that the client asked for."""
    if not isinstance(said.get("model"), str) or said["model"] == name:
        return body
    was = orjson.dumps(said["model"])
    for found in MODEL.finditer(body):
        if found[1] == was:
            return body[: found.start(1)] + orjson.dumps(name) + body[found.end(1) :]
    return body


def _in_stream(asked: Asked, refused: Refused) -> bytes:
    """An error after the first byte."""
    error: dict[str, Any] = refused.as_json()
    if asked.path == "/responses":
        told = {"type": "error", **error["error"], "sequence_number": 0}
        return b"event: error\n" + written(told)
    return written(error)


def _header(text: str) -> bytes:
    return text.encode("ascii", "replace").replace(b"\r", b"?").replace(b"\n", b"?")
