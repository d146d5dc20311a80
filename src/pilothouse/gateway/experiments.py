"""The step of a call that gives it an arm of an experiment, and sends shadows after the answer.

What goes on is known beforehand (`Known`): a call on a route without experiments is looked up in a
dictionary and let go.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from pilothouse.gateway.assembly import assembled
from pilothouse.gateway.call import Call, header
from pilothouse.gateway.errors import Refused
from pilothouse.gateway.models import NANO, Retries
from pilothouse.gateway.steps import Aside, Asides
from pilothouse.gateway.trials import (
    Arm,
    Mirror,
    Trial,
    Trials,
    assigned,
    changed_body,
    digest_of,
    share_of,
)

log = logging.getLogger("pilothouse.gateway")

Json = dict[str, Any]
WAITING: Final = 1000
"""Shadows that wait to be sent, of all routes; further ones are dropped and counted."""
MIRRORED: Final = frozenset(("/chat/completions", "/completions", "/responses", "/messages"))
SHADOW: Final = "-shadow"
"""Behind a project's name: where its shadows are recorded, so that its figures stay its own."""
WANTED: Final = b"x-experiment-arm"
PRIMARY, SHADOWED = "primary", "shadow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What was answered to a client, and what a shadow answered to the same."""

    mirror: Mirror
    project: str
    """Where the shadow is recorded."""
    body: Json
    """The question as the shadow got it."""
    primary: Json
    shadow: Json
    trace_id: str
    span_id: str
    """Of the shadow."""


class Known(Protocol):
    """What knows the experiments, and keeps what comes of them."""

    def of(self, route: str) -> Trials | None:
        """What goes on on a route, from memory."""
        ...

    def masked(self, project: str, body: Json) -> Json:
        """A body without what the project's masking rules take out. Not on the event loop."""
        ...

    async def reserve(self, mirror: Mirror) -> bool:
        """Whether a shadow may be asked by its budget; `spend` must follow then."""
        ...

    async def spend(self, mirror: Mirror, nano: int) -> None:
        """Note what a shadow that was reserved cost."""
        ...

    def failed(self, trial: str) -> None:
        """A call of an arm other than the first failed. From the event loop; never waits."""
        ...

    def compare(self, pair: Pair) -> None:
        """Have two answers compared. Never waits."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    mirror: Mirror
    project: str
    path: str
    body: Json
    answer: Json | list[bytes]
    notes: Json


class Experiments:
    """Splits and shadows of all routes."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._asides: Asides | None = None
        self._waiting: deque[_Waiting] = deque()
        self._called = asyncio.Event()
        self._busy: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        """By shadow: calls that were not mirrored, because too many were."""

    def attach(self, asides: Asides) -> None:
        """Told once through whom a shadow is asked."""
        self._asides = asides

    def choose(self, call: Call) -> None:
        """Give the call its arm."""
        trials = self._known.of(call.route.name)
        if trials is None:
            return
        arm = self._split(call, trials.split) if trials.split is not None else None
        if arm is None:
            arm = trials.base
        rescues = trials.split is not None and trials.split.rescues
        if arm is not None:
            _follow(call, arm, rescues=rescues and arm is not trials.base)

    def _split(self, call: Call, trial: Trial) -> Arm | None:
        if (trial.starts_at or trial.ends_at) and not _is_on(trial, datetime.now(UTC)):
            return None
        wanted = call.exchange.header(WANTED)
        if wanted and not call.holder.id:  # whoever sits at the server, to try an arm
            arm = next((each for each in trial.arms if each.name == wanted), None)
            if arm is not None:
                call.told.notes["tried_arm"] = f"{trial.name}={arm.name}"  # and does not count
                call.head.append((b"x-experiment", header(f"{trial.name}={arm.name}")))
                return arm
        unit = unit_of(trial, call)
        arm = assigned(trial, unit) if unit else None
        if arm is None:
            return None
        call.told.notes |= {
            "experiment": trial.name,
            "arm": arm.name,
            "unit": digest_of(trial.salt, unit),
            "step": trial.step,
        }
        call.head.append((b"x-experiment", header(f"{trial.name}={arm.name}")))
        return arm

    def ended(self, call: Call) -> None:
        """Tell of a failed arm, and have a shadow follow an answer."""
        told = call.told
        trials = self._known.of(str(told.notes.get("route") or call.route.name))
        if trials is None:
            return
        name = told.notes.get("experiment")
        if name and (told.error is not None or told.tally.fallbacks):
            self._known.failed(name)
        if trials.mirror is None or told.error is not None:
            return
        if not told.is_abandoned and not told.is_repeat:
            self._shadow(call, trials.mirror)

    def _shadow(self, call: Call, mirror: Mirror) -> None:
        told = call.told
        if told.path not in MIRRORED or share_of(mirror.salt, told.id, mirror.name) > mirror.share:
            return
        if len(self._waiting) >= WAITING or self._busy[mirror.name] >= mirror.most_at_once:
            self.dropped[mirror.name] += 1
            return
        self._busy[mirror.name] += 1
        self._waiting.append(
            _Waiting(
                mirror=mirror,
                project=told.project,
                path=told.path,
                body=call.asked.body,
                answer=told.blocks if told.answer is None else told.answer,
                notes=_noted(call, mirror),
            )
        )
        self._called.set()

    async def working(self) -> None:
        """Ask shadows until cancelled; those under way are let go then."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._called.wait()
                self._called.clear()
                while self._waiting:
                    tasks.create_task(self._one(self._waiting.popleft()))

    async def _one(self, waiting: _Waiting) -> None:
        mirror = waiting.mirror
        try:
            await self._asked(waiting)
        except Refused as refused:  # recorded; the shadow's own trouble and nobody else's
            log.debug("shadow %r was not answered: %s", mirror.name, refused.message)
        except Exception:  # nothing that a shadow meets may end the others
            log.exception("shadow %r could not be asked", mirror.name)
        finally:
            self._busy[mirror.name] -= 1

    async def _asked(self, waiting: _Waiting) -> None:
        mirror = waiting.mirror
        if self._asides is None or not await self._known.reserve(mirror):
            self.dropped[mirror.name] += 1
            return
        cost = 0
        try:
            masked = await asyncio.to_thread(self._masked, waiting)
            self.sent[mirror.name] += 1
            answered = await self._asides.aside(
                Aside(
                    name=mirror.arm.model,
                    body=masked["body"],
                    project=waiting.project + SHADOW,
                    path=waiting.path,
                    timeout_s=mirror.timeout_s,
                    tags=("shadow",),
                    notes=waiting.notes,
                )
            )
            cost = answered.cost_nano or 0
        finally:
            await self._known.spend(mirror, cost)
        if mirror.compare:
            self._known.compare(
                Pair(
                    mirror=mirror,
                    project=waiting.project + SHADOW,
                    body=masked["body"],
                    primary=masked["primary"],
                    shadow=answered.said,
                    trace_id=answered.trace_id,
                    span_id=answered.span_id,
                )
            )

    def _masked(self, waiting: _Waiting) -> Json:
        """What is asked, and what was answered, without what the project's rules take out."""
        mirror, answer = waiting.mirror, waiting.answer
        plain = {
            "body": _whole(changed_body(mirror.arm, waiting.path, waiting.body)),
            "primary": assembled(answer) if isinstance(answer, list) else answer,
        }
        return self._known.masked(waiting.project, plain)


def _is_on(trial: Trial, now: datetime) -> bool:
    begun = trial.starts_at is None or now >= trial.starts_at
    return begun and (trial.ends_at is None or now < trial.ends_at)


def unit_of(trial: Trial, call: Call) -> str:
    """Whom the call is of, as far as the trial counts; "" where it does not say."""
    match trial.unit:
        case "user":
            return _user_of(call.asked.body)
        case "session":
            return call.asked.session
        case "key":
            return f"key {call.holder.id}" if call.holder.id else ""
        case "header":
            return call.exchange.header(trial.header.lower().encode("latin-1", "replace"))[:500]
        case "request":
            return call.asked.id


def _user_of(body: Mapping[str, Any]) -> str:
    """The user as OpenAI's and Anthropic's clients name it."""
    user = body.get("user") or body.get("safety_identifier")
    if not user and isinstance(metadata := body.get("metadata"), dict):
        user = metadata.get("user_id")
    return user[:500] if isinstance(user, str) else ""


def _follow(call: Call, arm: Arm, *, rescues: bool) -> None:
    """Have the call go the way of an arm."""
    route = call.route
    call.asked.body = changed_body(arm, call.asked.path, call.asked.body)
    if arm.prompt is not None:
        call.told.notes["prompt"] = {"name": arm.prompt[0], "version": arm.prompt[1]}
    found = call.table.find(arm.model) if arm.model else None
    if arm.model and found is None:
        log.debug("arm %r leads to %r, which is not there", arm.name, arm.model)
        return
    if found is None or found.name == route.name:
        return
    call.told.notes["route"] = route.name
    # Other targets, and nothing else: guardrails, times and cache are the route's.
    led = replace(
        route,
        name=found.name,
        targets=found.targets,
        strategy=found.strategy,
        guardrails=tuple(dict.fromkeys((*route.guardrails, *found.guardrails))),
    )
    if rescues:  # at once: the champion need not wait until the challenger was asked again
        led = replace(led, fallbacks=(route.name, *route.fallbacks), retries=Retries(most=0))
    call.lead_to(led)


def _noted(call: Call, mirror: Mirror) -> Json:
    """What the span of a shadow says of the answer that it stands next to."""
    told = call.told
    usage = told.usage
    trace_id, span_id, _ = told.place
    primary: Json = {"duration_ms": round((told.end_ns - told.start_ns) / 1e6, 3)}
    if told.cost_nano is not None:
        primary["cost_usd"] = told.cost_nano / NANO
    if usage is not None and usage.total_tokens is not None:
        primary["tokens"] = usage.total_tokens
    return {
        "experiment": mirror.name,
        "arm": SHADOWED,
        "unit": digest_of(mirror.salt, _user_of(call.asked.body) or call.asked.session or told.id),
        "step": mirror.step,
        "shadow_of": {"project": told.project, "trace_id": trace_id, "span_id": span_id},
        PRIMARY: primary,
    }


def _whole(body: Json) -> Json:
    """A body whose answer comes at once, and that is nobody's conversation."""
    left_out = ("stream", "stream_options", "user", "safety_identifier", "store")
    return {name: value for name, value in body.items() if name not in left_out}
