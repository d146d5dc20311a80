"""How a call is answered: whole, as a stream, or with what was answered before."""

from __future__ import annotations

import logging
import time
from typing import Any

import orjson

from pilothouse.gateway.again import Again
from pilothouse.gateway.asking import Started, Whole
from pilothouse.gateway.assembly import replayed
from pilothouse.gateway.balance import Balance
from pilothouse.gateway.cache import Entry
from pilothouse.gateway.call import Call
from pilothouse.gateway.costs import Costs
from pilothouse.gateway.errors import Failed, Refused
from pilothouse.gateway.exchange import EVENTS
from pilothouse.gateway.messages_stream import replayed_message
from pilothouse.gateway.request import Asked
from pilothouse.gateway.responses_stream import replayed_response
from pilothouse.gateway.steps import Guards
from pilothouse.gateway.streams import MODEL, Relay, written
from pilothouse.gateway.upstream import cut_off, told_error
from pilothouse.gateway.watch import Watch

log = logging.getLogger("pilothouse.gateway")


class Answers:
    """Sends answers to clients, past the guardrails, and counts what they used."""

    def __init__(self, costs: Costs, again: Again, guards: Guards, balance: Balance) -> None:
        self._costs = costs
        self._again = again
        self._guards = guards
        self._balance = balance

    async def give(self, call: Call, found: Whole) -> None:
        """A whole answer; as a stream to who wanted one of a provider that does not stream."""
        call.told.answer = found.said
        self._costs.count(call.told, found.said, found.body)
        body, said = await self._guards.answer(call, found.body, found.said)
        self._again.store(call, found.body, found.said)  # guardrails look at it each time
        await self._send(call, body, said)

    async def repeat(self, call: Call, entry: Entry) -> None:
        """The answer that was given before."""
        said = orjson.loads(entry.body)
        told = call.told
        told.answer, told.saved_nano, told.cost_nano = said, entry.cost_nano, 0
        told.first_ns = time.time_ns()
        body, said = await self._guards.answer(call, entry.body, said)
        await self._send(call, body, said)

    async def _send(self, call: Call, body: bytes, said: dict[str, Any]) -> None:
        exchange, asked = call.exchange, call.asked
        head = [*call.head, *call.tally_head()]
        if not asked.is_stream:
            await exchange.answer(200, _renamed(body, said, asked.name), head)
            return
        await exchange.begin(200, [*EVENTS, *head])
        if isinstance(said.get("choices"), list):
            shown = {**said, "model": asked.name}
            events = replayed(shown, with_usage=not asked.hides_usage)
        elif said.get("type") == "message":
            events = replayed_message({**said, "model": asked.name})
        else:
            events = replayed_response({**said, "model": asked.name})
        for event in events:
            await exchange.send(event)
        await exchange.send(b"", more=False)

    async def relay(self, call: Call, found: Started, watch: Watch) -> None:
        """A stream, each event as it comes."""
        exchange, asked, told = call.exchange, call.asked, call.told
        relay = Relay(shown_as=asked.name, hides_usage=asked.hides_usage)
        told.blocks = relay.kept
        await exchange.begin(200, [*EVENTS, *call.head, *call.tally_head()])
        try:
            await self._pass_on(call, found, relay, watch)
        except Refused as refused:  # by a guardrail
            told.error = refused
            await exchange.send(in_stream(asked, refused))
        except Failed as failed:
            if relay.error is None and relay.is_finished:
                log.debug("a stream of %s broke after its answer was whole", found.target.id)
            else:
                self._balance.failed(found.target, is_fault=failed.is_fault, limited_s=None)
                told.error = failed.refused
            if relay.error is None and told.error is not None:  # else the provider has said it
                await exchange.send(in_stream(asked, failed.refused))
        finally:
            self._costs.count_stream(told, relay)
        await exchange.send(b"", more=False)
        self._again.store_stream(call, relay.kept)

    async def _pass_on(self, call: Call, found: Started, relay: Relay, watch: Watch) -> None:
        """Send what comes until it ends. Raises Failed where that is not its end, Refused."""
        exchange, told, idle_s = call.exchange, call.told, call.route.idle_s
        guard = self._guards.stream(call)
        had_begun = False
        block: bytes | None = found.first
        rest = found.later()
        while block is not None:
            shown = relay.passed(block)
            if not had_begun and relay.has_begun:
                had_begun = True
                told.first_ns = time.time_ns()
            if guard is not None:
                shown = await guard.passed(shown)
            if shown:
                watch.writing()
                await exchange.send(shown)
            watch.reading(idle_s)
            block = await anext(rest, None)
        if guard is not None and (shown := await guard.rest()):
            await exchange.send(shown)
        if relay.error is not None:
            raise told_error(found.target, relay.error)
        if not relay.is_finished:
            raise cut_off(found.target)


def in_stream(asked: Asked, refused: Refused) -> bytes:
    """An error after the first byte."""
    if asked.path == "/messages":
        return b"event: error\n" + written(refused.as_anthropic(asked.id))
    error: dict[str, Any] = refused.as_json()
    if asked.path == "/responses":
        told = {**error["error"], "type": "error", "sequence_number": 0}
        return b"event: error\n" + written(told)
    return written(error)


def _renamed(body: bytes, said: dict[str, Any], name: str) -> bytes:
    """A whole answer with the name that the client asked for."""
    if not isinstance(said.get("model"), str) or said["model"] == name:
        return body
    was = orjson.dumps(said["model"])
    for found in MODEL.finditer(body):
        if found[1] == was:
            return body[: found.start(1)] + orjson.dumps(name) + body[found.end(1) :]
    return body
