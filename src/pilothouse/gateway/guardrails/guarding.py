"""Guardrails as steps of a call: on its question, beside it, on its answer and on its stream."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Sequence
from typing import Any

import orjson

from pilothouse.gateway.asking import Started, Whole
from pilothouse.gateway.call import Call, header
from pilothouse.gateway.errors import Refused
from pilothouse.gateway.guardrails.asking_again import follow_up
from pilothouse.gateway.guardrails.guarded import Guarded
from pilothouse.gateway.guardrails.helpers import Helpers
from pilothouse.gateway.guardrails.later import Later
from pilothouse.gateway.guardrails.looking import Seen, look, reason_of
from pilothouse.gateway.guardrails.models import Guardrail, refusal, unanswered
from pilothouse.gateway.guardrails.plan import Named, plan_of
from pilothouse.gateway.guardrails.stats import Stats
from pilothouse.gateway.guardrails.stream import WindowGuard
from pilothouse.gateway.guardrails.texts import Slot, of_answer, of_request
from pilothouse.gateway.guardrails.window import Hit
from pilothouse.gateway.needs import Spans
from pilothouse.gateway.steps import Aside, Asides, StreamGuard

Json = dict[str, Any]
Found = Whole | Started


class Guarding:
    """Looks at calls as the table, their key and they themselves say."""

    def __init__(self, helpers: Helpers, spans: Spans) -> None:
        self.stats = Stats()
        self._helpers = helpers
        self._later = Later(spans, self.stats)

    def attach(self, asides: Asides) -> None:
        """Told once whom a judge can be asked through."""
        self._helpers.attach(asides)

    async def working(self) -> None:
        """Look at what nobody waits for, until cancelled."""
        await self._later.working()

    @property
    def dropped(self) -> int:
        """Checks that nobody waited for, and for which there was no room."""
        return self._later.dropped

    # ---- the question

    async def question(self, call: Call) -> None:
        """Look at a question; what is masked is masked in its body. Raises Refused."""
        table = call.table
        plan = plan_of(
            table.guardrails,
            table.everywhere,
            configured=_configured(call),
            asked=call.asked.guardrails,
        )
        if plan is None:
            return
        guarded = call.guarded = Guarded(plan=plan)
        call.policy = plan.digest
        call.head.append((b"x-litellm-applied-guardrails", header(",".join(plan.names))))
        call.is_held = call.asked.is_stream and any(
            each.streaming == "buffer" and not each.is_late for each in plan.answer
        )
        call.is_guarded = any(each.action != "flag" and not each.is_late for each in plan.answer)
        slots = of_request(call.asked.body)
        guarded.vault.keep_off(slot.text for slot in slots)
        now = [each for each in plan.question if not (each.is_beside or each.is_late)]
        seen = await look(now, slots, guarded.subject(call, "input"))
        guarded.decide(seen, "input")

    async def beside(self, call: Call, asking: Awaitable[Found]) -> Found:
        """What models answer, while checks of the question still look. Raises Refused."""
        guarded = call.guarded
        still: list[Guardrail] = []
        if isinstance(guarded, Guarded):
            still = [each for each in guarded.plan.question if each.is_beside]
        if not still or not isinstance(guarded, Guarded):
            return await asking
        found: Found | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_beside(call, guarded, still))
                found = await asking
        except BaseException as error:  # a client that is gone, too: nobody else lets it go
            if isinstance(found, Started):
                found.close()
            if isinstance(error, BaseExceptionGroup):
                raise _first(error) from None
            raise
        assert found is not None
        return found

    async def _look_beside(self, call: Call, guarded: Guarded, still: list[Guardrail]) -> None:
        slots = of_request(call.asked.body)
        guarded.decide(await look(still, slots, guarded.subject(call, "input")), "input")

    # ---- the answer

    async def answer(self, call: Call, body: bytes, said: Json) -> tuple[bytes, Json]:
        """The whole answer as the client gets it. Raises Refused."""
        guarded = call.guarded
        if not isinstance(guarded, Guarded):
            return body, said
        now = [each for each in guarded.plan.answer if not each.is_late]
        first = said
        said, seen, slots = await self._seen(call, guarded, now, said)
        is_changed = guarded.decide(seen, "output") or said is not first
        for each in seen:
            if each.is_hit and each.guardrail.action == "retry":
                guarded.hide(each.guardrail, "output")
                raise refusal(each.guardrail, "output", each.reason)
        call.told.answer = said
        if guarded.vault:
            said = orjson.loads(orjson.dumps(said))  # what is recorded keeps the names
            slots = of_answer(said)
            for slot in slots:
                restored = guarded.vault.restored(slot.text, is_json=slot.is_json)
                is_changed = is_changed or restored != slot.text
                slot.put(restored)
        if not is_changed:
            return body, said
        for choice in said.get("choices") or ():
            if isinstance(choice, dict) and choice.get("logprobs"):
                choice["logprobs"] = None  # they repeat each token of what was
        return orjson.dumps(said), said

    async def _seen(
        self, call: Call, guarded: Guarded, now: Sequence[Guardrail], said: Json
    ) -> tuple[Json, list[Seen], list[Slot]]:
        """What is seen in an answer, or in another one that the model gave when asked again."""
        asked = 0
        while True:
            slots = of_answer(said)
            seen = await look(now, slots, guarded.subject(call, "output"))
            wrong = [each for each in seen if each.is_hit and each.guardrail.action == "retry"]
            if not wrong or asked >= max(each.guardrail.most_retries for each in wrong):
                return said, seen, slots
            reason = "; ".join(each.reason for each in wrong)
            body = follow_up(call.asked.path, call.asked.body, said, reason)
            if body is None:
                return said, seen, slots
            asked += 1
            guarded.note(wrong, "output")
            call.cache_key = ""  # the answer that would not do is not given again
            said = await self._again(call, body, wrong[0].guardrail)

    async def _again(self, call: Call, body: Json, guardrail: Guardrail) -> Json:
        told = call.told
        trace_id, span_id, _ = told.place
        aside = Aside(
            name=call.route.name,
            body=body,
            project=call.asked.project,
            path=call.asked.path,
            timeout_s=call.route.timeout_s,
            notes={"for": f"guardrail {guardrail.name}"},
            parent=f"00-{trace_id}-{span_id}-01",
        )
        answered = await self._helpers.aside(aside)
        if answered.cost_nano is not None:  # its tokens stand at its own span
            told.cost_nano = (told.cost_nano or 0) + answered.cost_nano
            told.again_nano += answered.cost_nano
        return answered.said

    # ---- the stream

    def stream(self, call: Call) -> StreamGuard | None:
        """What looks at the stream of a call; None where nothing does."""
        guarded = call.guarded
        if not isinstance(guarded, Guarded):
            return None
        looking = [
            each
            for each in guarded.plan.answer
            if each.streaming == "window"
            and not each.is_late
            and (each.share >= 1 or random.random() < each.share)  # noqa: S311 - no secret
        ]
        if not looking and not guarded.vault:
            return None
        guarded.windows = looking
        guarded.stream_ns = time.time_ns()

        def stopped(hit: Hit) -> Refused:
            guarded.stopped = hit
            if hit.error:
                return unanswered(hit.guardrail, hit.error)
            return refusal(hit.guardrail, "output", reason_of(hit.kinds))

        made = guarded.window = WindowGuard(looking, guarded.vault, guarded.tally, stopped)
        return made

    def ended(self, call: Call) -> None:
        """Put what was seen to what is recorded; have the rest looked at. Never waits."""
        guarded = call.guarded
        if isinstance(guarded, Guarded):
            late = guarded.ended(call)
            self.stats.add(guarded.checks)
            self._later.take(call, guarded, late)


def _configured(call: Call) -> tuple[Named, ...]:
    """Those of its key and of all routes that may answer it: a fallback opens no way around."""
    found: tuple[Named, ...] = tuple((name, None) for name in call.holder.guardrails)
    for route in call.chain:
        if route.guardrails:
            found += route.guardrails
    return found


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
