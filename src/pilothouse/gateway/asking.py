"""Asks the targets of a route, and the fallbacks after it, until one begins to answer.

Nothing is repeated once the client was sent a byte: only here, before the first event.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import aiohttp
import orjson

from pilothouse.gateway.balance import Balance
from pilothouse.gateway.errors import Failed, Refused, written_json
from pilothouse.gateway.models import Endpoint, Route, Target
from pilothouse.gateway.streams import Blocks, events_of
from pilothouse.gateway.translation import (
    Protocol,
    Translation,
    Turned,
    Untranslatable,
    between,
    spoken_at,
)
from pilothouse.gateway.upstream import (
    MOST_BYTES,
    Opened,
    Upstream,
    cut_off,
    garbage,
    told_error,
    too_late,
)

_COMMENT: Final = b":"
_CHAT_ONLY_S: Final = 600.0
_ODD: Final = "answered what its protocol does not know"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request as the client put it; each target gets it in what its provider speaks."""

    path: str
    """Below the provider's base_url, as in /chat/completions."""
    body: dict[str, Any]
    headers: Mapping[bytes, bytes]
    is_stream: bool

    def translated(self, target: Target, spoken: Protocol) -> Translation | None:
        """The same for one target; None where nothing is to be translated. Raises Failed."""
        try:
            return between(self.path, spoken, self.body, target.model)
        except Refused as refused:
            raise Failed(refused, may_retry=False, is_fault=False) from None


@dataclass(slots=True)
class Tally:
    """What it took."""

    retries: int = 0
    fallbacks: int = 0
    attempts: list[dict[str, Any]] = field(default_factory=list)
    """Those that failed: target, status, message, milliseconds."""
    target: Target | None = None
    """Who was asked last."""


@dataclass(slots=True)
class Whole:
    """An answer that came at once."""

    target: Target
    body: bytes
    said: dict[str, Any]
    first_ns: int


@dataclass(slots=True)
class Started:
    """A stream that began."""

    target: Target
    opened: Opened
    first: bytes
    blocks: Blocks
    first_ns: int
    balance: Balance
    turned: Turned | None = None
    """What puts it into the client's protocol."""

    async def later(self) -> AsyncIterator[bytes]:
        """The blocks after the first one. Raises Failed where the connection breaks."""
        content, turned = self.opened.response.content, self.turned
        try:
            while True:
                piece = await content.readany()
                if not piece:
                    break
                if block := self.blocks.cut(piece):
                    yield block if turned is None else turned.passed(block)
                elif self.blocks.waiting > MOST_BYTES:
                    raise garbage(self.target, "sent an event that does not end")
            if rest := self.blocks.rest():
                yield rest if turned is None else turned.passed(rest)
            if turned is not None:
                yield turned.rest()
        except Untranslatable as error:
            raise garbage(self.target, _ODD) from error
        except (aiohttp.ClientError, OSError) as error:
            raise cut_off(self.target) from error

    def close(self) -> None:
        """Let go of the connection; one that was not read to its end is closed."""
        response = self.opened.response
        if response.content.is_eof() and self.blocks.waiting == 0:
            response.release()
        else:
            response.close()
        self.balance.end(self.target)


class Asking:
    """Asks until somebody answers."""

    def __init__(self, upstream: Upstream, balance: Balance) -> None:
        self._upstream = upstream
        self._balance = balance
        self._chat_only: dict[str, float] = {}
        """Until when providers that know no responses are asked for chat completions at once."""

    async def first(
        self, question: Question, chain: Sequence[Route], tally: Tally, deadline: float
    ) -> Whole | Started:
        """The first answer of a route or those after it. Raises Refused with the last failure.

        `deadline` is by the loop's clock.
        """
        last: Failed | None = None
        for hop, route in enumerate(chain):
            tally.fallbacks = hop
            try:
                return await self._of_route(question, route, tally, deadline)
            except Failed as failed:
                last = failed
                if not (failed.may_retry or failed.is_fault):
                    break
        assert last is not None
        raise last.refused from last

    async def _of_route(
        self, question: Question, route: Route, tally: Tally, deadline: float
    ) -> Whole | Started:
        tried: list[Target] = []
        while True:
            target = self._balance.pick(route, tried)
            try:
                return await self._once(question, route, target, tally)
            except Failed as failed:
                tried.append(target)
                if not (failed.may_retry or failed.is_fault) or len(tried) > route.retries.most:
                    raise
                following = self._balance.pick(route, tried)
                if following in tried:
                    if not failed.may_retry or not self._balance.may_repeat(target):
                        raise
                    pause = _pause(route, len(tried) - 1, failed.limited_s)
                    if asyncio.get_running_loop().time() + pause >= deadline:
                        raise
                    await asyncio.sleep(pause)
                tally.retries += 1

    async def _once(
        self, question: Question, route: Route, target: Target, tally: Tally
    ) -> Whole | Started:
        tally.target = target
        self._balance.begin(target)
        begun = time.perf_counter()
        answer: Whole | Started | None = None
        try:
            answer = await self._answer(question, route, target)
        except Failed as failed:
            self._balance.failed(target, is_fault=failed.is_fault, limited_s=failed.limited_s)
            tally.attempts.append(
                {
                    "target": target.id,
                    "status": failed.sent_status or None,
                    "error": failed.refused.message,
                    "duration_ms": round((time.perf_counter() - begun) * 1000, 3),
                }
            )
            raise
        finally:
            if not isinstance(answer, Started):
                self._balance.end(target)
        self._balance.succeeded(target, time.perf_counter() - begun)
        return answer

    async def _answer(self, question: Question, route: Route, target: Target) -> Whole | Started:
        """One answer, or the beginning of one; raises Failed.

        Whether a provider that speaks OpenAI's HTTP has responses, too, only asking shows.
        """
        endpoint = target.endpoint
        spoken = self._spoken(question.path, endpoint)
        try:
            return await self._told(question, route, target, spoken)
        except Failed as failed:
            if spoken != "responses" or endpoint.type != "openai" or not _is_missing(failed):
                raise
        answer = await self._told(question, route, target, "chat")
        self._chat_only[endpoint.base_url] = time.monotonic() + _CHAT_ONLY_S
        return answer

    async def count_tokens(
        self, body: dict[str, Any], route: Route, headers: Mapping[bytes, bytes]
    ) -> bytes | None:
        """What a provider of Anthropic's says that a message has; None where there is none."""
        found = [each for each in route.targets if each.endpoint.type == "anthropic"]
        if not found:
            return None
        written = written_json({**body, "model": found[0].model})
        try:
            async with asyncio.timeout(route.first_byte_s):
                path = "/messages/count_tokens"
                opened = await self._upstream.ask(found[0], path, written, headers)
                said, _ = await self._upstream.whole(found[0], opened)
        except TimeoutError:
            raise too_late(
                found[0], f"did not answer within {route.first_byte_s:g} s"
            ).refused from None
        except Failed as failed:
            raise failed.refused from failed
        return said

    def _spoken(self, path: str, endpoint: Endpoint) -> Protocol:
        if endpoint.type == "anthropic":
            return "messages"
        if endpoint.type == "responses":
            return "responses"
        is_chat_only = self._chat_only.get(endpoint.base_url, 0.0) > time.monotonic()
        return "responses" if path == "/responses" and not is_chat_only else "chat"

    async def _told(
        self, question: Question, route: Route, target: Target, spoken: Protocol
    ) -> Whole | Started:
        patience = route.first_byte_s if question.is_stream else route.timeout_s
        if target.timeout_s is not None:
            patience = min(patience, target.timeout_s)
        translation = question.translated(target, spoken)
        path, asked = question.path, question.body
        if translation is not None:
            path, asked = translation.path, translation.body
        elif target.endpoint.type == "anthropic" and spoken_at(path) is None:
            told = f"{target.endpoint.name} speaks Anthropic's HTTP, which has no {path}"
            refused = Refused(400, "not_translatable", told, is_final=True)
            raise Failed(refused, may_retry=False, is_fault=False)
        opened: Opened | None = None
        answer: Whole | Started | None = None
        try:
            async with asyncio.timeout(patience):
                body = written_json({**asked, "model": target.model})
                opened = await self._upstream.ask(target, path, body, question.headers)
                if opened.is_stream:
                    if not question.is_stream:
                        raise garbage(target, "streamed an answer that was wanted whole")
                    answer = await self._begun(target, opened, translation)
                else:
                    said, parsed = await self._upstream.whole(target, opened)
                    if translation is not None:
                        parsed = translation.answer(parsed)
                        said = orjson.dumps(parsed)
                    answer = Whole(target, said, parsed, time.time_ns())
        except Untranslatable as error:
            raise garbage(target, _ODD) from error
        except TimeoutError:
            raise too_late(target, f"did not answer within {patience:g} s") from None
        finally:
            if answer is None and opened is not None:
                opened.response.close()
        return answer

    async def _begun(
        self, target: Target, opened: Opened, translation: Translation | None
    ) -> Started:
        blocks = Blocks()
        content = opened.response.content
        try:
            while True:
                piece = await content.readany()
                block = blocks.cut(piece) if piece else blocks.rest()
                if block and not _is_comment(block):
                    break
                if not piece:
                    raise cut_off(target)
                if blocks.waiting > MOST_BYTES:
                    raise garbage(target, "sent an event that does not end")
        except (aiohttp.ClientError, OSError) as error:
            raise cut_off(target) from error
        parsed = (events_of(event) for event in block.split(b"\n\n"))
        first = next((found[0] for found in parsed if found), None)  # of what may be hundreds
        if first is not None and first.get("error") and "choices" not in first:
            raise told_error(target, first["error"])
        if first is None and b"[DONE]" not in block:
            raise garbage(target, "streamed something that is no event")
        turned = None if translation is None else translation.stream()
        shown = block if turned is None else turned.passed(block)
        return Started(target, opened, shown, blocks, time.time_ns(), self._balance, turned)


def _is_comment(block: bytes) -> bool:
    """Whether a block only says that somebody is still there."""
    return all(line.startswith(_COMMENT) or not line for line in block.split(b"\n"))


def _is_missing(failed: Failed) -> bool:
    """Whether a provider has no such address, and not no such model."""
    return failed.sent_status in (404, 405, 501) and failed.refused.code != "model_not_found"


def _pause(route: Route, attempt: int, asked_s: float | None) -> float:
    if asked_s is not None:
        return asked_s
    longest = min(route.retries.longest_s, route.retries.base_s * 2**attempt)
    return random.uniform(0.0, longest)  # noqa: S311 - it spreads load and keeps no secret


def chain_of(
    route: Route,
    find: Callable[[str], Route | None],
    may_ask: Callable[[str], bool],
    most: int = 5,
) -> list[Route]:
    """A route and its fallbacks that may be asked for, each once, in order."""
    chain, seen = [route], {route.name}
    waiting = list(route.fallbacks)
    while waiting and len(chain) <= most:
        name = waiting.pop(0)
        found = find(name)
        if name in seen or found is None or not may_ask(name):
            continue
        seen.add(name)
        chain.append(replace(found, caching=None))
        waiting += found.fallbacks
    return chain
